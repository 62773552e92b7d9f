import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CaptureRecord } from './capture.ts';
import type { RecordingStore, StoredCapture } from './recording-store.ts';

/**
 * Which captures there are and which recordings are cut from them, in memory and in the store. Written before anything
 * that depends on it happens, so that a killed runtime finds every capture again. A store that refuses (disk full, file
 * locked) does not stop a capture: what it did not take is written again at each look.
 */
export class CaptureJournal {
  readonly #store: RecordingStore;
  readonly #log: Log;
  readonly #captures = new Map<string, StoredCapture>();
  readonly #unsaved = new Set<string>();
  /** Captures that ran while this runtime did: their times were read from its clock. */
  readonly #witnessed = new Set<string>();
  /** Captures of an earlier runtime, until the flows have had the time to say what they want of them. */
  readonly #inherited = new Set<string>();

  constructor(store: RecordingStore, log: Log) {
    this.#store = store;
    this.#log = log;
    for (const capture of store.listCaptures()) {
      this.#captures.set(capture.record.id, capture);
      this.#inherited.add(capture.record.id);
    }
  }

  /**
   * Of an earlier runtime, and not yet given up: a recording of the schedule that only begins to be known now may have to
   * be cut from it. Neither its tool nor its files go meanwhile.
   */
  isInherited(id: string): boolean {
    return this.#inherited.has(id);
  }

  /** The flows have been heard. */
  settleInherited(): void {
    this.#inherited.clear();
  }

  /** Once before the tool is spawned (pid 0), so that no crash leaves a capture that nobody knows, and once after. */
  add(record: CaptureRecord, recordingIds: readonly string[]): void {
    const known = this.#captures.get(record.id);
    const ids = new Set([...(known?.recordingIds ?? []), ...recordingIds]);
    this.#witnessed.add(record.id);
    this.#save({ mediaMs: 0, cuts: {}, ...known, record, recordingIds: [...ids] });
  }

  /** A tool of an earlier runtime was found running. */
  witness(id: string): void {
    this.#witnessed.add(id);
  }

  get(id: string): StoredCapture | undefined {
    return this.#captures.get(id);
  }

  list(): StoredCapture[] {
    return [...this.#captures.values()];
  }

  /** Captures that a recording is cut from, in the order they were started. */
  of(recordingId: string, input?: string): StoredCapture[] {
    return this.list()
      .filter((capture) => capture.recordingIds.includes(recordingId))
      .filter((capture) => input === undefined || capture.record.input === input)
      .sort((a, b) => a.record.spawnedAt - b.record.spawnedAt);
  }

  link(captureId: string, recordingId: string): void {
    const capture = this.#captures.get(captureId);
    if (!capture || capture.recordingIds.includes(recordingId)) return;
    this.#save({ ...capture, recordingIds: [...capture.recordingIds, recordingId] });
  }

  /** Takes a recording out, of all captures or of one: what nobody needs any more is removed once its tool has ended. */
  unlink(recordingId: string, captureId?: string): void {
    for (const capture of this.of(recordingId)) {
      if (captureId !== undefined && capture.record.id !== captureId) continue;
      const { [recordingId]: _cut, ...cuts } = capture.cuts;
      this.#save({ ...capture, cuts, recordingIds: capture.recordingIds.filter((id) => id !== recordingId) });
    }
  }

  /** Measured figures; `isDurable` false keeps them in memory only, because they change every second. */
  measure(
    id: string,
    figures: Partial<Pick<StoredCapture, 'offsetMs' | 'beginsMs' | 'mediaMs' | 'sizeBytes'>>,
    isDurable: boolean,
  ): void {
    const capture = this.#captures.get(id);
    if (!capture) return;
    const next = { ...capture, ...figures };
    if (isDurable) this.#save(next);
    else this.#captures.set(id, next);
  }

  /** The wall clock was set: offsets that were measured by it move along. A user's tool goes by its spawn alone. */
  shiftClock(deltaMs: number): void {
    for (const capture of this.list()) {
      const { record, offsetMs } = capture;
      if (offsetMs === undefined || record.outputs || !this.#witnessed.has(record.id)) continue;
      this.#save({ ...capture, offsetMs: offsetMs + deltaMs });
    }
  }

  end(id: string, endedAt: number): void {
    const capture = this.#captures.get(id);
    if (capture && capture.endedAt === undefined) this.#save({ ...capture, endedAt });
  }

  cut(id: string, recordingId: string, edge: { fromMs?: number; toMs?: number }): void {
    const capture = this.#captures.get(id);
    if (!capture) return;
    this.#save({
      ...capture,
      cuts: { ...capture.cuts, [recordingId]: { ...capture.cuts[recordingId], ...edge } },
    });
  }

  remove(id: string): void {
    this.#captures.delete(id);
    this.#witnessed.delete(id);
    this.#inherited.delete(id);
    this.#write(id);
  }

  /** Writes what the store did not take before. */
  flush(): void {
    for (const id of [...this.#unsaved]) this.#write(id);
  }

  #save(capture: StoredCapture): void {
    this.#captures.set(capture.record.id, capture);
    this.#write(capture.record.id);
  }

  #write(id: string): void {
    const capture = this.#captures.get(id);
    try {
      if (capture) this.#store.saveCapture(capture);
      else this.#store.removeCapture(id);
      this.#unsaved.delete(id);
    } catch (error) {
      if (!this.#unsaved.has(id))
        this.#log.error(`capture ${id} is not in the journal: ${toReelflowError(error).message}`);
      this.#unsaved.add(id);
    }
  }
}
