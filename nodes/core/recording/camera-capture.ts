import { isExclusive } from '../camera/camera.ts';
import { toReelflowError } from '../errors.ts';
import { CameraTrouble } from './camera-trouble.ts';
import type { CaptureExit, CaptureProcess, CaptureStatus } from './capture.ts';
import { intendedCapture } from './capture-intent.ts';
import { captureLeft } from './capture-left.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';
import { makeCaptureId } from './recording-id.ts';

/** A tool whose owner never comes back ends by itself this long after the planned end. */
const guardBeyondEndMs = 12 * 3600_000;
/** Some cameras need this long from connect to first frame. */
const firstFrameLimitMs = 20_000;
/** So close to the end a new tool would not deliver a picture any more; a user's tool that ended in time is not an error. */
const shortestPartMs = 1000;
/** Nothing is left to save in a tool that delivers nothing. */
const stalledGraceMs = 1000;
/** How often the journal gets the measured figures; a crash loses only figures that the files hold as well. */
const durableEveryMs = 10_000;

/**
 * Keeps one camera captured as long as a recording holds it: starts the tool, notices that it ended or stalled, starts
 * the next part with back-off, raises one alarm while nothing comes, and ends the tool when nobody needs it.
 */
export class CameraCapture {
  readonly input: string;
  readonly #around: CaptureSurroundings;
  readonly #holds = new Map<string, CaptureHold>();
  readonly #trouble: CameraTrouble;
  #process: CaptureProcess | undefined;
  #status: CaptureStatus | undefined;
  #startedMonotonic = 0;
  /** When the running tool was asked for: preparing its spawn is a part of the start. */
  #askedMonotonic: number | undefined;
  /** The running tool was asked to end. */
  #isEnding = false;
  #durableMonotonic = 0;
  #isBusy = false;
  #isDetached = false;
  #blockedBy: string | undefined;

  constructor(input: string, around: CaptureSurroundings) {
    this.input = input;
    this.#around = around;
    this.#trouble = new CameraTrouble(input, around.alarms);
  }

  get isWanted(): boolean {
    return this.#holds.size > 0;
  }

  get isIdle(): boolean {
    return !this.isWanted && !this.#process && !this.#isBusy;
  }

  /** The running tool's capture id and newest figures. */
  current(): { captureId: string; status: CaptureStatus | undefined } | undefined {
    return this.#process && { captureId: this.#process.record.id, status: this.#status };
  }

  /** Idempotent; a second hold of the same recording moves its end. */
  hold(hold: CaptureHold): void {
    const isNew = !this.#holds.has(hold.recordingId);
    this.#holds.set(hold.recordingId, hold);
    // One that is ending captures nothing for who comes now.
    if (!isNew || !this.#process || this.#isEnding) return;
    if (!this.#isOneAtATime) this.#around.journal.link(this.#process.record.id, hold.recordingId);
    else if (!this.#serves(hold.recordingId)) this.#around.onBusy(this.input, hold.recordingId);
  }

  release(recordingId: string): void {
    if (!this.#holds.delete(recordingId)) return;
    const isDone = !this.isWanted || (this.#isOneAtATime && this.#serves(recordingId));
    if (isDone && this.#process) this.#end(this.#process);
    if (!this.isWanted) this.#trouble.forget();
  }

  /** A tool that an earlier runtime started. */
  adopt(process: CaptureProcess): void {
    // Two on one camera are one too many, and nobody would look after the first any more.
    if (this.#process) this.#end(this.#process);
    this.#around.journal.witness(process.record.id);
    this.#take(process, undefined);
  }

  /** Lets go of the tool without ending it: the next runtime takes it up. */
  detach(): void {
    this.#isDetached = true;
  }

  /** While there is a reason nothing is captured (disk full); the tool is ended cleanly. */
  block(reason: string | undefined): void {
    if (this.#blockedBy === reason) return;
    this.#blockedBy = reason;
    if (reason === undefined) return;
    if (this.#process) this.#end(this.#process);
    if (this.isWanted) this.#around.onInterrupted(this.input, reason);
  }

  /** A user's own tool writes whole files for one recording: the first wins, others wait until the camera is free. */
  get #isOneAtATime(): boolean {
    if (this.#process) return this.#process.record.outputs !== undefined;
    return this.#around.camera()?.source.kind === 'command';
  }

  /** Whether the running tool captures for this recording. */
  #serves(recordingId: string): boolean {
    const capture = this.#process && this.#around.journal.get(this.#process.record.id);
    return capture?.recordingIds.includes(recordingId) ?? false;
  }

  /** The holds that the next tool is started for. */
  #nextHolds(): CaptureHold[] {
    const holds = [...this.#holds.values()];
    return this.#isOneAtATime ? holds.slice(0, 1) : holds;
  }

  /** Called about once a second: starts what is due, measures what runs. Never rejects. */
  async look(): Promise<void> {
    if (this.#isBusy || this.#isDetached) return;
    this.#isBusy = true;
    try {
      if (this.#process && this.#isEnding && this.isWanted) this.#replace(this.#process);
      if (this.#process) await this.#measure(this.#process);
      else if (this.isWanted) await this.#begin();
    } catch (error) {
      this.#around.log.error(`${this.input}: ${toReelflowError(error).message}`);
    } finally {
      this.#isBusy = false;
    }
  }

  async #begin(): Promise<void> {
    const { clock, engine, folders, journal } = this.#around;
    if (this.#blockedBy !== undefined || !this.#trouble.mayTry(clock.monotonicMs())) return;
    const camera = this.#around.camera();
    if (!camera) {
      this.#trouble.raise(
        'CAMERA_MISSING',
        `no camera is called "${this.input}"; add a capture-camera of that name and deploy`,
      );
      return;
    }
    const holds = this.#nextHolds();
    const first = holds[0];
    if (!first) return;
    const remainingMs = Math.max(...holds.map((hold) => hold.until)) - clock.now();
    const isAgain = journal.of(first.recordingId, this.input).length > 0;
    if (remainingMs <= 0 || (isAgain && remainingMs < shortestPartMs)) return;
    const askedMonotonic = clock.monotonicMs();
    const id = makeCaptureId(clock.now(), this.input);
    const intent = intendedCapture(id, camera, folders.captureDirectory(id), clock.now());
    const idsOf = (these: readonly CaptureHold[]): string[] => these.map((hold) => hold.recordingId);
    try {
      if (isExclusive(camera.source)) await this.#around.releasePreview(this.input);
      journal.add(intent, idsOf(holds));
      const process = await engine.begin({
        id,
        camera,
        directory: intent.directory,
        guardMs: remainingMs + guardBeyondEndMs,
        durationMs: remainingMs,
        name: first.recordingId,
      });
      // Whoever came while the tool was being started is served by it too.
      journal.add(process.record, this.#isOneAtATime ? [] : idsOf([...this.#holds.values()]));
      this.#take(process, askedMonotonic);
      if (!this.isWanted || this.#blockedBy !== undefined) this.#end(process);
    } catch (error) {
      journal.remove(id);
      await folders.removeCapture(intent).catch(() => undefined);
      const { code, message } = toReelflowError(error);
      this.#failed(0, code, message);
    }
  }

  #take(process: CaptureProcess, askedMonotonic: number | undefined): void {
    const now = this.#around.clock.monotonicMs();
    this.#process = process;
    this.#askedMonotonic = askedMonotonic;
    this.#isEnding = false;
    this.#status = undefined;
    this.#startedMonotonic = now;
    this.#durableMonotonic = now;
    void process.exited
      .then((exit) => this.#ended(process, exit))
      .catch((error: unknown) => {
        this.#around.log.error(`${this.input}: ${toReelflowError(error).message}`);
      });
  }

  /** Asks a tool to end. What goes wrong then is said, and must not end the runtime. */
  #end(process: CaptureProcess, options?: { graceMs: number }): void {
    this.#isEnding = process === this.#process;
    process.stop(options).catch((error: unknown) => {
      this.#isEnding = false;
      this.#around.log.error(`${this.input}: the capture tool can not be ended: ${toReelflowError(error).message}`);
    });
  }

  async #measure(process: CaptureProcess): Promise<void> {
    const { clock, journal } = this.#around;
    const status = await process.status();
    if (this.#process !== process) return;
    const before = this.#status;
    this.#status = status;
    const id = process.record.id;
    const monotonic = clock.monotonicMs();
    const isFirstFrame = status.offsetMs !== undefined && journal.get(id)?.offsetMs === undefined;
    const isDurable = isFirstFrame || monotonic - this.#durableMonotonic > durableEveryMs;
    if (isDurable) this.#durableMonotonic = monotonic;
    journal.measure(
      id,
      {
        mediaMs: status.mediaMs,
        sizeBytes: status.sizeBytes,
        ...(status.offsetMs === undefined ? {} : { offsetMs: status.offsetMs }),
      },
      isDurable,
    );
    if (isFirstFrame && status.offsetMs !== undefined) {
      const ageMs = clock.now() - status.offsetMs;
      const delayMs = this.#askedMonotonic === undefined ? undefined : monotonic - this.#askedMonotonic - ageMs;
      this.#around.onFirstFrame(this.input, delayMs, status.offsetMs);
    }
    if (before && status.mediaMs > before.mediaMs) this.#trouble.over();
    // An adopted tool may turn out to be needed by nobody.
    if (!this.isWanted) this.#end(process);
    else if (!this.#isEnding && this.#isStalled(status, monotonic)) this.#abandon(process, status);
  }

  #isStalled(status: CaptureStatus, monotonic: number): boolean {
    if (!status.isRunning) return false;
    const stallMs = Math.min(...[...this.#holds.values()].map((hold) => hold.stallMs));
    const advanced = Math.max(status.lastAdvanceMonotonicMs ?? 0, this.#startedMonotonic);
    const limit = status.mediaMs > 0 ? stallMs : Math.max(stallMs, firstFrameLimitMs);
    return monotonic - advanced > limit;
  }

  /** The tool lives but delivers nothing: end it, and begin the next part at once where the device allows two. */
  #abandon(process: CaptureProcess, status: CaptureStatus): void {
    const { clock, journal, log } = this.#around;
    const message = `camera "${this.input}" delivers nothing any more`;
    log.warn(`${message}; the capture tool is ended and started anew`);
    this.#around.onInterrupted(this.input, 'the camera stopped delivering');
    this.#trouble.raise('CAMERA_STALLED', message);
    this.#end(process, { graceMs: stalledGraceMs });
    if (!this.#replace(process)) return;
    journal.end(process.record.id, clock.now());
    this.#trouble.note(status.mediaMs, clock.monotonicMs());
  }

  /** Leaves a tool that is ending to itself where the camera allows another one beside it. */
  #replace(process: CaptureProcess): boolean {
    const camera = this.#around.camera();
    if (process !== this.#process || !camera || isExclusive(camera.source)) return false;
    this.#process = undefined;
    return true;
  }

  async #ended(process: CaptureProcess, exit: CaptureExit): Promise<void> {
    if (this.#isDetached) return;
    const { clock, engine, journal, log } = this.#around;
    const known = journal.get(process.record.id);
    const left = known ? await captureLeft(known, engine, log) : { mediaMs: 0 };
    if (this.#isDetached) return;
    // Measured before it counts as ended: who waits for its end cuts what was measured.
    journal.measure(process.record.id, left, true);
    journal.end(process.record.id, clock.now());
    if (this.#process !== process) return;
    this.#process = undefined;
    this.#status = undefined;
    if (!this.isWanted || this.#blockedBy !== undefined) return;
    const remainingMs = Math.max(...[...this.#holds.values()].map((hold) => hold.until)) - clock.now();
    if (!exit.wasRequested && remainingMs >= shortestPartMs) {
      const how = exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.exitCode ?? 'unknown'}`;
      const why = exit.lastLines.at(-1);
      log.warn(`${this.input}: the capture tool ${how}${why ? `: ${why}` : ''}`);
      this.#failed(left.mediaMs, 'CAPTURE_ENDED', `the capture tool ${how}${why ? `: ${why}` : ''}`);
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
