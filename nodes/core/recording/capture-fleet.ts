import type { CameraRegistry } from '../camera/camera-registry.ts';
import { toReelflowError } from '../errors.ts';
import type { KeyValueStore } from '../state/key-value-store.ts';
import { CameraCapture } from './camera-capture.ts';
import type { CaptureStatus } from './capture.ts';
import { captureLeft } from './capture-left.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';
import { learnDelay, preRollLimitMs, preRollMs, type StartDelays } from './pre-roll.ts';
import type { StoredCapture } from './recording-store.ts';

export type FleetSurroundings = Omit<CaptureSurroundings, 'camera'> & { cameras: CameraRegistry; facts: KeyValueStore };

const successionLeadMs = 6000;

/** All cameras that are being captured, and what was learnt about each. */
export class CaptureFleet {
  readonly #around: FleetSurroundings;
  readonly #captures = new Map<string, CameraCapture>();
  #blockedBy: string | undefined;

  constructor(around: FleetSurroundings) {
    this.#around = around;
  }

  /** Takes up the tools that an earlier runtime left running; notes those that are gone. */
  async adoptAll(): Promise<void> {
    const { engine, folders, journal, log } = this.#around;
    const adopted = new Set<string>();
    const gone: StoredCapture[] = [];
    for (const stored of journal.list()) {
      if (stored.endedAt !== undefined) continue;
      const { record } = stored;
      const process = await engine.adopt(record).catch((error: unknown) => {
        log.error(`capture ${record.id} can not be taken up: ${toReelflowError(error).message}`);
        return undefined;
      });
      if (process) {
        this.#of(record.input).adopt(process);
        adopted.add(record.id);
      } else gone.push(stored);
    }
    await folders.endStrayTools(adopted).catch((error: unknown) => {
      log.error(`tools of an earlier runtime: ${toReelflowError(error).message}`);
    });
    for (const stored of gone) await this.#noteGone(stored);
  }

  hold(input: string, hold: CaptureHold): void {
    this.#of(input).hold(hold);
  }

  release(recordingId: string): void {
    for (const capture of this.#captures.values()) capture.release(recordingId);
  }

  /** Ends captures cleanly and begins none while there is a reason. */
  block(reason: string | undefined): void {
    this.#blockedBy = reason;
    for (const capture of this.#captures.values()) capture.block(reason);
  }

  /** Lets go of all tools; they run on and are taken up by the next runtime. */
  detach(): void {
    for (const capture of this.#captures.values()) capture.detach();
    this.#captures.clear();
  }

  async look(): Promise<void> {
    await Promise.all([...this.#captures.values()].map((capture) => capture.look()));
    for (const [input, capture] of this.#captures) if (capture.isIdle) this.#captures.delete(input);
  }

  get isBusy(): boolean {
    return this.#captures.size > 0;
  }

  current(input: string): { captureId: string; status: CaptureStatus | undefined } | undefined {
    return this.#captures.get(input)?.current();
  }

  preRollMs(input: string): number {
    const kind = this.#around.cameras.get(input)?.source.kind ?? 'url';
    const leadMs = preRollMs(kind, this.#around.facts.get<StartDelays>(delayKey(input)) ?? []);
    // Enough for a second capture to be well under way when the recording begins.
    return this.#captures.get(input)?.isWorn ? Math.min(preRollLimitMs, leadMs + successionLeadMs) : leadMs;
  }

  #of(input: string): CameraCapture {
    const known = this.#captures.get(input);
    if (known) return known;
    const { cameras, facts, ...around } = this.#around;
    const capture = new CameraCapture(input, {
      ...around,
      camera: () => cameras.get(input),
      onFirstFrame: (name, delayMs, at) => {
        around.onFirstFrame(name, delayMs, at);
        if (delayMs === undefined) return;
        const delays = facts.get<StartDelays>(delayKey(name)) ?? [];
        facts.set(delayKey(name), learnDelay(delays, delayMs));
      },
    });
    capture.block(this.#blockedBy);
    this.#captures.set(input, capture);
    return capture;
  }

  async #noteGone(stored: StoredCapture): Promise<void> {
    const { engine, journal, log } = this.#around;
    const left = await captureLeft(stored, engine, log);
    const begin = left.offsetMs ?? stored.record.spawnedAt;
    journal.measure(stored.record.id, { ...left, offsetMs: begin }, true);
    journal.end(stored.record.id, begin + left.mediaMs);
  }
}

function delayKey(input: string): string {
  return `start-delays:${input}`;
}
