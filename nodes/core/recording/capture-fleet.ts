import type { CameraRegistry } from '../camera/camera-registry.ts';
import { toReelflowError } from '../errors.ts';
import type { KeyValueStore } from '../state/key-value-store.ts';
import { CameraCapture, type CaptureHold, type CaptureSurroundings } from './camera-capture.ts';
import type { CaptureStatus } from './capture.ts';
import { learnDelay, preRollMs, type StartDelays } from './pre-roll.ts';
import type { StoredCapture } from './recording-store.ts';

export type FleetSurroundings = Omit<CaptureSurroundings, 'camera'> & { cameras: CameraRegistry; facts: KeyValueStore };

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
    const { engine, journal, log } = this.#around;
    for (const stored of journal.list()) {
      if (stored.endedAt !== undefined) continue;
      try {
        const process = await engine.adopt(stored.record);
        if (process) this.#of(stored.record.input).adopt(process);
        else await this.#noteGone(stored);
      } catch (error) {
        log.error(`capture ${stored.record.id}: ${toReelflowError(error).message}`);
      }
    }
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

  /** Bytes in files of captures that are not cut into recordings yet. */
  unfinishedBytes(): number {
    let bytes = 0;
    for (const capture of this.#captures.values()) bytes += capture.current()?.status?.sizeBytes ?? 0;
    return bytes;
  }

  preRollMs(input: string): number {
    const kind = this.#around.cameras.get(input)?.source.kind ?? 'url';
    return preRollMs(kind, this.#around.facts.get<StartDelays>(delayKey(input)) ?? []);
  }

  #of(input: string): CameraCapture {
    const known = this.#captures.get(input);
    if (known) return known;
    const { cameras, facts, ...around } = this.#around;
    const capture = new CameraCapture(input, {
      ...around,
      camera: () => cameras.get(input),
      onFirstFrame: (name, delayMs, at) => {
        const delays = facts.get<StartDelays>(delayKey(name)) ?? [];
        facts.set(delayKey(name), learnDelay(delays, delayMs));
        around.onFirstFrame(name, delayMs, at);
      },
    });
    capture.block(this.#blockedBy);
    this.#captures.set(input, capture);
    return capture;
  }

  async #noteGone({ record, offsetMs }: StoredCapture): Promise<void> {
    const { engine, journal } = this.#around;
    const left = await engine.inspect(record);
    const begin = left.offsetMs ?? offsetMs ?? record.spawnedAt;
    journal.measure(record.id, { mediaMs: left.mediaMs, offsetMs: begin }, true);
    journal.end(record.id, begin + left.mediaMs);
  }
}

function delayKey(input: string): string {
  return `start-delays:${input}`;
}
