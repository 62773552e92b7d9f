import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { KeyValueStore } from '../state/key-value-store.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { assumedBytesPerSecond } from './disk-guard.ts';
import { isPaused, leftOutMs } from './pause.ts';
import type { RecorderDesk } from './recorder-desk.ts';
import type { Recording, RecordingProgress } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import { SignalWatch } from './signal-watch.ts';
import { withWarning } from './warnings.ts';

interface ReporterSurroundings {
  book: RecordingBook;
  fleet: CaptureFleet;
  journal: CaptureJournal;
  desk: RecorderDesk;
  clock: Clock;
  facts: KeyValueStore;
  log: Log;
}

/** Long enough for a rate that says something about the camera. */
const rateFromMs = 20_000;

/** Live figures of the running recordings, and what they tell: silence, black picture, the camera's bit rate. */
export class ProgressReporter {
  readonly #around: ReporterSurroundings;
  readonly #watches = new Map<string, SignalWatch>();
  readonly #listeners = new Set<(progress: RecordingProgress[]) => void>();

  constructor(around: ReporterSurroundings) {
    this.#around = around;
  }

  onProgress(listener: (progress: RecordingProgress[]) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  current(): RecordingProgress[] {
    return this.#running().flatMap((recording) => recording.inputs.map((input) => this.#figures(recording, input)));
  }

  /** Once a second. */
  report(): void {
    const running = this.#running();
    const all: RecordingProgress[] = [];
    for (const recording of running) {
      for (const input of recording.inputs) {
        const progress = this.#figures(recording, input);
        all.push(progress);
        this.#around.desk.tell(recording, progress);
        this.#guarded(() => this.#watch(recording, input));
        this.#guarded(() => this.#learnRate(input));
      }
    }
    const keys = new Set(all.map(({ recordingId, input }) => `${recordingId}/${input}`));
    for (const key of this.#watches.keys()) if (!keys.has(key)) this.#watches.delete(key);
    if (all.length === 0) return;
    for (const listener of this.#listeners) this.#guarded(() => listener(all));
  }

  /** Neither who listens nor a full disk may keep the recordings from going on. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#around.log.error(`progress: ${toReelflowError(error).message}`);
    }
  }

  bytesPerSecond(input: string): number {
    return this.#around.facts.get<number>(rateKey(input)) ?? assumedBytesPerSecond;
  }

  #running(): Recording[] {
    return this.#around.book.live().filter((recording) => recording.state === 'recording');
  }

  #figures(recording: Recording, input: string): RecordingProgress {
    const { clock, fleet, journal } = this.#around;
    const current = fleet.current(input);
    const captures = journal.of(recording.id, input);
    let durationMs = 0;
    for (const { mediaMs, cuts } of captures) durationMs += Math.max(0, mediaMs - (cuts[recording.id]?.fromMs ?? 0));
    durationMs = Math.max(0, durationMs - leftOutMs(recording, clock.now()));
    const status = current?.status;
    const rate = status && status.mediaMs > 0 ? (status.sizeBytes / status.mediaMs) * 1000 : this.bytesPerSecond(input);
    return {
      recordingId: recording.id,
      input,
      durationMs,
      sizeBytes: Math.round((durationMs / 1000) * rate),
      ...(status?.framesPerSecond === undefined ? {} : { framesPerSecond: status.framesPerSecond }),
      ...(status?.levelDbfs === undefined ? {} : { levelDbfs: status.levelDbfs }),
      isCapturing: status?.isRunning === true && status.mediaMs > 0,
    };
  }

  #watch(recording: Recording, input: string): void {
    const { book, clock, desk, fleet } = this.#around;
    const status = fleet.current(input)?.status;
    const settings = desk.get(recording.recorderId);
    const key = `${recording.id}/${input}`;
    // Nobody minds silence in a break.
    if (isPaused(recording)) this.#watches.delete(key);
    if (!status || !settings || isPaused(recording)) return;
    const limits = { silenceMs: settings.silenceWarningMs, blackMs: settings.blackWarningMs };
    const watch = this.#watches.get(key) ?? new SignalWatch(limits);
    this.#watches.set(key, watch);
    for (const { code, message } of watch.look(status, clock.monotonicMs())) {
      const warning = { at: clock.now(), input, code, message };
      book.change(recording.id, withWarning(book.need(recording.id), warning));
    }
  }

  #learnRate(input: string): void {
    const status = this.#around.fleet.current(input)?.status;
    if (!status || status.mediaMs < rateFromMs) return;
    const rate = Math.round((status.sizeBytes / status.mediaMs) * 1000);
    const known = this.#around.facts.get<number>(rateKey(input));
    // Written only when it tells something new: this runs every second.
    if (known === undefined || Math.abs(rate - known) > known * 0.2) this.#around.facts.set(rateKey(input), rate);
  }
}

function rateKey(input: string): string {
  return `bytes-per-second:${input}`;
}
