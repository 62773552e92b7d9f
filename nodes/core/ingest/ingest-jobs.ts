import type { Job, JobState, StationJobQueue } from '../jobs/job-queue.ts';
import type { IngestOverrides } from './ingests.ts';

export const ingestQueue = 'ingest';

/** What a job on the disk says; how far it is says its PackageState. */
export interface IngestOrder {
  recordingId: string;
  ingestId: string;
  /** The node's, for words about it when it is gone. */
  name: string;
  overrides: IngestOverrides;
  /** The recording's own files, which go when they need not be kept. */
  sources: string[];
}

interface OrderFilter {
  ingestId?: string;
  recordingId?: string;
}

const unfinished: JobState[] = ['queued', 'active', 'retrying'];

/** The uploads among the station's jobs. */
export class IngestJobs {
  readonly #jobs: StationJobQueue;

  constructor(jobs: StationJobQueue) {
    this.#jobs = jobs;
  }

  add(order: IngestOrder): Job<IngestOrder> {
    return this.#jobs.add(ingestQueue, keyOf(order), order);
  }

  retry({ id, state }: Job): void {
    if (state !== 'active') this.#jobs.retry(id);
  }

  cancel({ id }: Job): void {
    this.#jobs.cancel(id);
  }

  unfinished(filter: OrderFilter = {}): Job<IngestOrder>[] {
    return this.#of(filter, unfinished);
  }

  /** Those that wait for a person too. */
  open(filter: OrderFilter = {}): Job<IngestOrder>[] {
    return this.#of(filter, [...unfinished, 'failed']);
  }

  /** Whether something else of the station, of whatever kind, still works on a recording: its job has the id in its key. */
  isWantedElsewhere(recordingId: string, job: Job): boolean {
    return this.#jobs.list({ states: unfinished }).some(({ id, key }) => id !== job.id && key.includes(recordingId));
  }

  #of(filter: OrderFilter, states: JobState[]): Job<IngestOrder>[] {
    const jobs = this.#jobs.list({ queue: ingestQueue, states }) as Job<IngestOrder>[];
    return jobs.filter(
      ({ data }) =>
        (filter.ingestId ?? data.ingestId) === data.ingestId &&
        (filter.recordingId ?? data.recordingId) === data.recordingId,
    );
  }
}

function keyOf({ recordingId, ingestId }: IngestOrder): string {
  return `${recordingId} ${ingestId}`;
}
