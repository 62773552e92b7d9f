import type { Job, JobState, StationJobQueue } from '../jobs/job-queue.ts';
import type { DeliveryOverrides, DeliverySettings } from './deliveries.ts';

export const deliveryQueue = 'deliver';

/** What a job on the disk says: enough to deliver although the node is gone for the moment. */
export interface DeliveryOrder {
  recordingId: string;
  /** The node's settings when it accepted the recording. */
  settings: DeliverySettings;
  overrides: DeliveryOverrides;
  /** The recording's own files, which a move removes at the end. */
  sources: string[];
}

const unfinished: JobState[] = ['queued', 'active', 'retrying'];

/** The deliveries among the station's jobs. */
export class DeliveryJobs {
  readonly #jobs: StationJobQueue;

  constructor(jobs: StationJobQueue) {
    this.#jobs = jobs;
  }

  add(order: DeliveryOrder): Job<DeliveryOrder> {
    return this.#jobs.add(deliveryQueue, keyOf(order.recordingId, order.settings.deliverId), order);
  }

  unfinished(filter: { deliverId?: string; recordingId?: string } = {}): Job<DeliveryOrder>[] {
    return this.#of(filter, unfinished);
  }

  /** Over or not, newest first. */
  ofRecording(recordingId: string): Job<DeliveryOrder>[] {
    return this.#of({ recordingId });
  }

  #of(filter: { deliverId?: string; recordingId?: string }, states?: JobState[]): Job<DeliveryOrder>[] {
    const jobs = this.#jobs.list({ queue: deliveryQueue, ...(states ? { states } : {}) }) as Job<DeliveryOrder>[];
    return jobs.filter(
      ({ data }) =>
        (filter.deliverId ?? data.settings.deliverId) === data.settings.deliverId &&
        (filter.recordingId ?? data.recordingId) === data.recordingId,
    );
  }
}

function keyOf(recordingId: string, deliverId: string): string {
  return `${recordingId} ${deliverId}`;
}
