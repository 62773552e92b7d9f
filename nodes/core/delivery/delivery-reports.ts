import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { DeliveryListeners, DeliveryProgress } from './deliveries.ts';

/** Each figure stored is a write to the disk. */
const storeEveryMs = 2000;
const tellEveryMs = 500;

type ProgressFields = Partial<DeliveryProgress> & Pick<DeliveryProgress, 'target' | 'state' | 'attempts'>;

/** Who hears how deliveries go on: the node, when it is there, and the recording itself. */
export class DeliveryReports {
  readonly #recordings: Pick<Recordings, 'delivery'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Map<string, DeliveryListeners>();
  readonly #current = new Map<string, { progress: DeliveryProgress; toldAt: number; storedAt: number }>();
  /** Delivered while their node was being deployed anew. */
  readonly #untold = new Map<string, Recording[]>();

  constructor(around: { recordings: Pick<Recordings, 'delivery'>; clock: Clock; log: Log }) {
    this.#recordings = around.recordings;
    this.#clock = around.clock;
    this.#log = around.log;
  }

  attach(deliverId: string, listeners: DeliveryListeners): Dispose {
    this.#listeners.set(deliverId, listeners);
    const untold = this.#untold.get(deliverId) ?? [];
    this.#untold.delete(deliverId);
    for (const recording of untold) this.#tell(() => listeners.onDelivered(recording));
    return () => {
      if (this.#listeners.get(deliverId) === listeners) this.#listeners.delete(deliverId);
    };
  }

  list(): DeliveryProgress[] {
    return [...this.#current.values()].map(({ progress }) => progress);
  }

  progress(deliverId: string, recording: Recording, fields: ProgressFields): void {
    const key = keyOf(deliverId, recording.id);
    const now = this.#clock.monotonicMs();
    const before = this.#current.get(key);
    const progress: DeliveryProgress = {
      deliverId,
      recordingId: recording.id,
      title: recording.title,
      bytesDone: before?.progress.bytesDone ?? 0,
      bytesTotal: before?.progress.bytesTotal ?? 0,
      ...fields,
    };
    const isChange = before?.progress.state !== progress.state;
    const current = { progress, toldAt: before?.toldAt ?? 0, storedAt: before?.storedAt ?? now };
    if (progress.state === 'copying' && now - current.storedAt >= storeEveryMs) {
      current.storedAt = now;
      this.#tell(() => this.#recordings.delivery(recording.id, { kind: 'progress', bytesDone: progress.bytesDone }));
    }
    const isDue = isChange || now - current.toldAt >= tellEveryMs;
    if (isDue) current.toldAt = now;
    this.#current.set(key, current);
    if (isDue) this.#tell(() => this.#listeners.get(deliverId)?.onProgress(progress));
  }

  delivered(deliverId: string, recording: Recording): void {
    this.#current.delete(keyOf(deliverId, recording.id));
    const listeners = this.#listeners.get(deliverId);
    if (listeners) this.#tell(() => listeners.onDelivered(recording));
    else this.#untold.set(deliverId, [...(this.#untold.get(deliverId) ?? []), recording]);
  }

  /** Delivered or given up. */
  over(deliverId: string, recordingId: string): void {
    this.#current.delete(keyOf(deliverId, recordingId));
  }

  /** Who listens must not be able to fail a delivery. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error(`delivery: a listener failed: ${toReelflowError(error).message}`);
    }
  }
}

function keyOf(deliverId: string, recordingId: string): string {
  return `${deliverId} ${recordingId}`;
}
