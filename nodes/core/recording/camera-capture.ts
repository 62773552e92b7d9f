import { isExclusive } from '../camera/camera.ts';
import { toReelflowError } from '../errors.ts';
import { CameraTrouble } from './camera-trouble.ts';
import type { CaptureExit, CaptureProcess, CaptureStatus } from './capture.ts';
import { captureLeft } from './capture-left.ts';
import { CaptureRun } from './capture-run.ts';
import { startRun } from './capture-start.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';
import { Succession } from './succession.ts';

/** So close to the end a new tool would not deliver a picture any more; a user's tool that ended in time is not an error. */
const shortestPartMs = 1000;
/** Nothing is left to save in a tool that delivers nothing. */
const stalledGraceMs = 1000;
/** A camera that only one can read is let go of so long before the guard would do it. */
const lastMomentMs = 2000;

/**
 * Keeps one camera captured as long as a recording holds it: starts the tool, notices that it ended or stalled, starts
 * the next part with back-off, raises one alarm while nothing comes, and ends the tool when nobody needs it. A capture
 * that has run for very long is followed by another one, which delivers before the old one ends.
 */
export class CameraCapture {
  readonly input: string;
  readonly #around: CaptureSurroundings;
  readonly #holds = new Map<string, CaptureHold>();
  readonly #trouble: CameraTrouble;
  readonly #succession: Succession;
  #current: CaptureRun | undefined;
  #isBusy = false;
  #isDetached = false;
  #blockedBy: string | undefined;

  constructor(input: string, around: CaptureSurroundings) {
    this.input = input;
    this.#around = around;
    this.#trouble = new CameraTrouble(input, around.alarms);
    this.#succession = new Succession(around);
  }

  get isWanted(): boolean {
    return this.#holds.size > 0;
  }

  get isIdle(): boolean {
    return !this.isWanted && this.#runs.length === 0 && !this.#isBusy;
  }

  /** Recordings to come should be early enough for a capture of their own. */
  get isWorn(): boolean {
    return this.#current !== undefined && this.#isShared && this.#succession.isWorn(this.#current);
  }

  /** The running tool's capture id and newest figures. */
  current(): { captureId: string; status: CaptureStatus | undefined } | undefined {
    return this.#current && { captureId: this.#current.id, status: this.#current.status };
  }

  /** Idempotent; a second hold of the same recording moves its end. */
  hold(hold: CaptureHold): void {
    const isNew = !this.#holds.has(hold.recordingId);
    this.#holds.set(hold.recordingId, hold);
    const run = this.#current;
    // One that is ending captures nothing for who comes now.
    if (!isNew || !run || run.isEnding) return;
    if (!this.#isOneAtATime) this.#link(run, hold.recordingId);
    else if (!run.serves(hold.recordingId)) this.#around.onBusy(this.input, hold.recordingId);
  }

  release(recordingId: string): void {
    if (!this.#holds.delete(recordingId)) return;
    const isDone = !this.isWanted || (this.#isOneAtATime && this.#current?.serves(recordingId));
    if (isDone) for (const run of this.#runs) this.#endUnlessInherited(run);
    else this.#succession.dismiss(this.#current, this.#allHolds);
    if (!this.isWanted) this.#trouble.forget();
  }

  /** A tool that an earlier runtime started. Of two the newer one was to follow the older. */
  adopt(process: CaptureProcess): void {
    this.#around.journal.witness(process.record.id);
    const run = this.#follow(new CaptureRun(process, this.#around, undefined));
    const other = this.#current;
    this.#current = run;
    if (!other) return;
    const isNewer = other.process.record.spawnedAt > process.record.spawnedAt;
    this.#current = isNewer ? run : other;
    this.#succession.adopt(isNewer ? other : run);
  }

  /** Lets go of the tools without ending them: the next runtime takes them up. */
  detach(): void {
    this.#isDetached = true;
  }

  /** While there is a reason nothing is captured (disk full); the tool is ended cleanly. */
  block(reason: string | undefined): void {
    if (this.#blockedBy === reason) return;
    this.#blockedBy = reason;
    if (reason === undefined) return;
    this.#endAll();
    if (this.isWanted) this.#around.onInterrupted(this.input, reason);
  }

  /** Called about once a second: starts what is due, measures what runs. Never rejects. */
  async look(): Promise<void> {
    if (this.#isBusy || this.#isDetached) return;
    this.#isBusy = true;
    try {
      if (this.#current?.isEnding && this.isWanted) this.#replace(this.#current);
      if (!this.#current) this.#serveAll(this.#succession.take());
      if (this.#current) await this.#measure(this.#current);
      else if (this.isWanted) await this.#begin();
      const heir = await this.#succession.look(this.#current, this.#allHolds, this.#stallMs);
      if (heir) this.#current = heir;
    } catch (error) {
      this.#around.log.error(`${this.input}: ${toReelflowError(error).message}`);
    } finally {
      this.#isBusy = false;
    }
  }

  get #runs(): CaptureRun[] {
    return [...(this.#current ? [this.#current] : []), ...this.#succession.runs];
  }

  get #allHolds(): CaptureHold[] {
    return [...this.#holds.values()];
  }

  get #stallMs(): number {
    return Math.min(...this.#allHolds.map((hold) => hold.stallMs));
  }

  get #remainingMs(): number {
    return Math.max(...this.#allHolds.map((hold) => hold.until)) - this.#around.clock.now();
  }

  /** A user's own tool writes whole files for one recording: the first wins, others wait until the camera is free. */
  get #isOneAtATime(): boolean {
    if (this.#current) return this.#current.process.record.outputs !== undefined;
    return this.#around.camera()?.source.kind === 'command';
  }

  /** Two tools can read the camera at the same time. */
  get #isShared(): boolean {
    const camera = this.#around.camera();
    return camera !== undefined && !isExclusive(camera.source);
  }

  #link(run: CaptureRun, recordingId: string): void {
    this.#around.journal.link(run.id, recordingId);
  }

  async #begin(): Promise<void> {
    const { clock, journal } = this.#around;
    if (this.#blockedBy !== undefined || !this.#trouble.mayTry(clock.monotonicMs())) return;
    const camera = this.#around.camera();
    if (!camera) {
      this.#trouble.raise(
        'CAMERA_MISSING',
        `no camera is called "${this.input}"; add a capture-camera of that name and deploy`,
      );
      return;
    }
    const holds = this.#isOneAtATime ? this.#allHolds.slice(0, 1) : this.#allHolds;
    const first = holds[0];
    if (!first) return;
    const remainingMs = Math.max(...holds.map((hold) => hold.until)) - clock.now();
    const isAgain = journal.of(first.recordingId, this.input).length > 0;
    if (remainingMs <= 0 || (isAgain && remainingMs < shortestPartMs)) return;
    try {
      if (isExclusive(camera.source)) await this.#around.releasePreview(this.input);
      const run = this.#follow(await startRun(this.#around, camera, holds));
      // Whoever came while the tool was being started is served by it too.
      if (!run.process.record.outputs) for (const id of this.#holds.keys()) this.#link(run, id);
      this.#current = run;
      if (!this.isWanted || this.#blockedBy !== undefined) run.end();
    } catch (error) {
      const { code, message } = toReelflowError(error);
      this.#failed(0, code, message);
    }
  }

  /** Hears of the tool's end. */
  #follow(run: CaptureRun): CaptureRun {
    void run.process.exited
      .then((exit) => this.#ended(run, exit))
      .catch((error: unknown) => {
        this.#around.log.error(`${this.input}: ${toReelflowError(error).message}`);
      });
    return run;
  }

  /** One of an earlier runtime: the schedule may still say that it is needed. A user's own tool serves what it was started for. */
  #endUnlessInherited(run: CaptureRun): void {
    if (run.process.record.outputs || !this.#around.journal.isInherited(run.id)) run.end();
  }

  #endAll(): void {
    for (const run of this.#runs) run.end();
  }

  async #measure(run: CaptureRun): Promise<void> {
    const { hasAdvanced } = await run.measure();
    if (this.#current !== run) return;
    if (hasAdvanced) this.#trouble.over();
    // An adopted tool may turn out to be needed by nobody.
    if (!this.isWanted) this.#endUnlessInherited(run);
    else if (run.isStalled(this.#stallMs)) this.#abandon(run);
    else await this.#succeed(run);
  }

  /** Begins the next capture before this one ends: beside it where the camera allows two, otherwise at the last moment. */
  async #succeed(run: CaptureRun): Promise<void> {
    const camera = this.#around.camera();
    if (run.isEnding || this.#isOneAtATime || this.#blockedBy !== undefined || !camera) return;
    if (this.#isShared) {
      const successor = await this.#succession.start(run, camera, this.#allHolds);
      if (!successor) return;
      this.#follow(successor);
      if (!this.isWanted || this.#blockedBy !== undefined) successor.end();
    } else if (this.#succession.endsTooEarly(run, this.#allHolds, lastMomentMs)) {
      this.#around.onInterrupted(this.input, 'the camera can be opened only once, and its capture was begun anew');
      run.end();
    }
  }

  #serveAll(run: CaptureRun | undefined): void {
    if (!run) return;
    this.#current = run;
    for (const id of this.#holds.keys()) this.#link(run, id);
  }

  /** The tool lives but delivers nothing: end it, and begin the next part at once where the device allows two. */
  #abandon(run: CaptureRun): void {
    const { clock, journal, log } = this.#around;
    const message = `camera "${this.input}" delivers nothing any more`;
    log.warn(`${message}; the capture tool is ended and started anew`);
    this.#around.onInterrupted(this.input, 'the camera stopped delivering');
    this.#trouble.raise('CAMERA_STALLED', message);
    run.end({ graceMs: stalledGraceMs });
    if (!this.#replace(run)) return;
    journal.end(run.id, clock.now());
    this.#trouble.note(run.mediaMs, clock.monotonicMs());
  }

  /** Leaves a tool that is ending to itself where the camera allows another one beside it. */
  #replace(run: CaptureRun): boolean {
    if (run !== this.#current || !this.#isShared) return false;
    this.#current = undefined;
    return true;
  }

  async #ended(run: CaptureRun, exit: CaptureExit): Promise<void> {
    if (this.#isDetached) return;
    const { clock, engine, journal, log } = this.#around;
    const known = journal.get(run.id);
    const left = known ? await captureLeft(known, engine, log) : { mediaMs: 0 };
    if (this.#isDetached) return;
    // Measured before it counts as ended: who waits for its end cuts what was measured.
    journal.measure(run.id, left, true);
    journal.end(run.id, clock.now());
    // Ended before its time: its recordings go on with the one that runs.
    if (this.#succession.forget(run)) this.#serveAll(this.#current);
    if (this.#current !== run) return;
    this.#current = undefined;
    if (!this.isWanted || this.#blockedBy !== undefined) return;
    if (!exit.wasRequested && this.#remainingMs >= shortestPartMs) {
      const how = exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.exitCode ?? 'unknown'}`;
      const why = exit.lastLines.at(-1);
      log.warn(`${this.input}: the capture tool ${how}${why ? `: ${why}` : ''}`);
      const message = `the capture tool ${how}${why ? `: ${why}` : ''}`;
      if (this.#succession.hasSuccessor) this.#around.onInterrupted(this.input, message);
      else this.#failed(left.mediaMs, 'CAPTURE_ENDED', message);
    }
    await this.look();
  }

  #failed(deliveredMs: number, code: string, message: string): void {
    const { clock } = this.#around;
    if (deliveredMs > 0 || this.#trouble.isFirst) this.#around.onInterrupted(this.input, message);
    this.#trouble.note(deliveredMs, clock.monotonicMs());
    this.#trouble.raise(code, `camera "${this.input}" is not captured: ${message}`);
  }
}
