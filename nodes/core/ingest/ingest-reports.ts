import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import { ByteRate } from './byte-rate.ts';
import type { IngestListeners, IngestProgress } from './ingests.ts';

/** Each figure stored is a write to the disk. */
const storeEveryMs = 2000;
const tellEveryMs = 500;

type Fields = Partial<IngestProgress> & Pick<IngestProgress, 'state' | 'target'>;

interface Current {
  progress: IngestProgress;
  rate: ByteRate;
  toldAt: number;
  storedAt: number;
}

/** Who hears how uploads go on: the node, when it is there, and the recording itself. */
export class IngestReports {
  readonly #recordings: Pick<Recordings, 'delivery'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Map<string, IngestListeners>();
  readonly #current = new Map<string, Current>();
  readonly #watchers = new Set<() => void>();
  /** Accepted while their node was being deployed anew. */
  readonly #untold = new Map<string, Recording[]>();

  constructor(around: { recordings: Pick<Recordings, 'delivery'>; clock: Clock; log: Log }) {
    this.#recordings = around.recordings;
    this.#clock = around.clock;
    this.#log = around.log;
  }

  attach(ingestId: string, listeners: IngestListeners): Dispose {
    this.#listeners.set(ingestId, listeners);
    const untold = this.#untold.get(ingestId) ?? [];
    this.#untold.delete(ingestId);
    for (const recording of untold) this.#tell(() => listeners.onDelivered(recording));
    return () => {
      if (this.#listeners.get(ingestId) === listeners) this.#listeners.delete(ingestId);
    };
  }

  list(): IngestProgress[] {
    return [...this.#current.values()].map(({ progress }) => progress);
  }

  /** What is not given stays as it was, but `error` and `waitsUntil`, which are of this report only. */
  report(ingestId: string, recording: Recording, fields: Fields): void {
    const now = this.#clock.monotonicMs();
    const key = keyOf(ingestId, recording.id);
    const before = this.#current.get(key);
    const current = before ?? { rate: new ByteRate(), toldAt: Number.NEGATIVE_INFINITY, storedAt: now };
    const bytesDone = fields.bytesDone ?? before?.progress.bytesDone ?? 0;
    if (fields.state === 'uploading') current.rate.add(bytesDone, now);
    const progress: IngestProgress = {
      ingestId,
      recordingId: recording.id,
      title: recording.title,
      bytesTotal: before?.progress.bytesTotal ?? 0,
      attempts: before?.progress.attempts ?? 0,
      ...fields,
      bytesDone,
      bytesPerSecond: fields.state === 'uploading' ? current.rate.perSecond() : 0,
    };
    const isNews =
      before?.progress.state !== progress.state ||
      before.progress.waitsUntil !== progress.waitsUntil ||
      before.progress.step?.number !== progress.step?.number;
    const isDue = isNews || now - current.toldAt >= tellEveryMs;
    const isToStore = progress.state === 'uploading' && now - current.storedAt >= storeEveryMs;
    this.#current.set(key, {
      ...current,
      progress,
      toldAt: isDue ? now : current.toldAt,
      storedAt: isToStore ? now : current.storedAt,
    });
    if (isToStore) this.#tell(() => this.#recordings.delivery(recording.id, { kind: 'progress', bytesDone }));
    if (!isDue) return;
    this.#tell(() => this.#listeners.get(ingestId)?.onProgress(progress));
    this.#changed();
  }

  delivered(ingestId: string, recording: Recording): void {
    this.over(ingestId, recording.id);
    const listeners = this.#listeners.get(ingestId);
    if (listeners) this.#tell(() => listeners.onDelivered(recording));
    else this.#untold.set(ingestId, [...(this.#untold.get(ingestId) ?? []), recording]);
  }

  /** Accepted or given up. */
  over(ingestId: string, recordingId: string): void {
    if (this.#current.delete(keyOf(ingestId, recordingId))) this.#changed();
  }

  onChange(listener: () => void): Dispose {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  #changed(): void {
    for (const watcher of this.#watchers) this.#tell(watcher);
  }

  /** Who listens must not be able to fail an upload. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error(`ingest: a listener failed: ${toReelflowError(error).message}`);
    }
  }
}

function keyOf(ingestId: string, recordingId: string): string {
  return `${ingestId} ${recordingId}`;
}
