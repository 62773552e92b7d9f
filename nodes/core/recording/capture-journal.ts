import type { CaptureRecord } from './capture.ts';
import type { RecordingStore, StoredCapture } from './recording-store.ts';

/**
 * Which captures there are and which recordings are cut from them, in memory and in the store. Written before anything
 * that depends on it happens, so that a killed runtime finds every capture again.
 */
export class CaptureJournal {
  readonly #store: RecordingStore;
  readonly #captures = new Map<string, StoredCapture>();

  constructor(store: RecordingStore) {
    this.#store = store;
    for (const capture of store.listCaptures()) this.#captures.set(capture.record.id, capture);
  }

  add(record: CaptureRecord, recordingIds: readonly string[]): StoredCapture {
    const capture: StoredCapture = { record, mediaMs: 0, recordingIds: [...recordingIds], cuts: {} };
    this.#save(capture);
    return capture;
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

  /** Takes a recording out; returns the captures that nobody needs any more. */
  unlink(recordingId: string): StoredCapture[] {
    const freed: StoredCapture[] = [];
    for (const capture of this.of(recordingId)) {
      const { [recordingId]: _cut, ...cuts } = capture.cuts;
      const next = { ...capture, cuts, recordingIds: capture.recordingIds.filter((id) => id !== recordingId) };
      this.#save(next);
      if (next.recordingIds.length === 0) freed.push(next);
    }
    return freed;
  }

  /** Measured figures; `isDurable` false keeps them in memory only, because they change every second. */
  measure(id: string, figures: Partial<Pick<StoredCapture, 'offsetMs' | 'mediaMs'>>, isDurable: boolean): void {
    const capture = this.#captures.get(id);
    if (!capture) return;
    const next = { ...capture, ...figures };
    if (isDurable) this.#save(next);
    else this.#captures.set(id, next);
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
    this.#store.removeCapture(id);
  }

  #save(capture: StoredCapture): void {
    this.#store.saveCapture(capture);
    this.#captures.set(capture.record.id, capture);
  }
}
