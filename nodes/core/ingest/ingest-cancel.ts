import { toReelflowError } from '../errors.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { OpencastCore } from '../opencast/opencast-core.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { IngestJobs, IngestOrder } from './ingest-jobs.ts';
import type { IngestLedger } from './ingest-ledger.ts';
import type { IngestReports } from './ingest-reports.ts';
import type { IngestTroubles } from './ingest-troubles.ts';

interface CancelSurroundings {
  recordings: Pick<Recordings, 'get' | 'delivery'>;
  log: Log;
  orders: IngestJobs;
  ledger: IngestLedger;
  reports: IngestReports;
  troubles: IngestTroubles;
  /** Handlers under way, by job. */
  running: ReadonlyMap<string, Promise<void>>;
}

/** Ends uploads that shall not go on. */
export class IngestCancel {
  readonly #around: CancelSurroundings;

  constructor(around: CancelSurroundings) {
    this.#around = around;
  }

  /** Their recordings are gone. */
  forget(jobs: readonly Job<IngestOrder>[]): void {
    for (const job of jobs) this.#drop(job);
  }

  /** Their node is gone. What is at the core is cleared away as far as it answers. */
  giveUp(jobs: readonly Job<IngestOrder>[], core: OpencastCore | undefined): void {
    for (const job of jobs) {
      this.one(job, core, { why: 'its ingest node was removed', isOnHold: false }).catch((error: unknown) =>
        this.#around.log.warn(`ingest: ${toReelflowError(error).message}`),
      );
    }
  }

  /** Settles when nothing of it goes on. The core may be away: what lies there half made, it removes itself later. */
  async one(
    job: Job<IngestOrder>,
    core: OpencastCore | undefined,
    { why, isOnHold }: { why: string; isOnHold: boolean },
  ): Promise<void> {
    const { recordings, ledger, log, running } = this.#around;
    const { recordingId, ingestId, name } = job.data;
    this.#around.orders.cancel(job);
    await running.get(job.id)?.catch(() => {});
    const { endpoint, mediaPackage, submission, acceptedAt } = ledger.load(recordingId, ingestId);
    this.#drop(job);
    const recording = recordings.get(recordingId);
    if (recording && acceptedAt === undefined) {
      log.warn(`${name}: "${recording.title}" (${recordingId}) is no longer to be uploaded: ${why}`);
      if (recording.delivery?.deliverId === ingestId) recordings.delivery(recordingId, { kind: 'abandoned', isOnHold });
    }
    // What the core may be working on must stay.
    if (!core || endpoint === undefined || mediaPackage === undefined || submission || acceptedAt !== undefined) return;
    try {
      await core.ingestAt(endpoint).discardMediaPackage(mediaPackage, AbortSignal.timeout(discardMs));
    } catch (error) {
      log.warn(`${name}: ${recordingId} was not cleared away at the core: ${toReelflowError(error).message}`);
    }
  }

  #drop(job: Job<IngestOrder>): void {
    const { orders, ledger, reports, troubles } = this.#around;
    const { recordingId, ingestId } = job.data;
    orders.cancel(job);
    troubles.over(ingestId, recordingId);
    reports.over(ingestId, recordingId);
    ledger.remove(recordingId, ingestId);
  }
}

const discardMs = 15_000;
