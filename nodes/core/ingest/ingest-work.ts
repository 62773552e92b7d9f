import type { DeliveryFiles } from '../delivery/delivery-files.ts';
import { ReelflowError } from '../errors.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { OpencastCore } from '../opencast/opencast-core.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock } from '../time/clock.ts';
import type { IngestJobs, IngestOrder } from './ingest-jobs.ts';
import type { IngestLedger } from './ingest-ledger.ts';
import { isFromCore, planIngest } from './ingest-plan.ts';
import type { IngestReports } from './ingest-reports.ts';
import { bytesDone, runIngest } from './ingest-run.ts';
import type { IngestSettings } from './ingests.ts';
import type { PackageState } from './package-state.ts';

export interface IngestTools {
  recordings: Pick<Recordings, 'get' | 'delivery'>;
  files: Pick<DeliveryFiles, 'size' | 'removeSource'>;
  clock: Clock;
  log: Log;
  /** Name that this capture agent has at a core. */
  agentAt: (coreUrl: string) => string;
  orders: IngestJobs;
  ledger: IngestLedger;
  reports: IngestReports;
}

export interface IngestAttempt {
  job: Job<IngestOrder>;
  recording: Recording;
  state: PackageState;
  settings: IngestSettings;
  core: OpencastCore;
  abort: AbortSignal;
  /** Of this upload, as the node's settings are now. */
  bytesPerSecond: () => number;
}

/** Carries out one order: the upload, what the recording says of it, and who hears of it. */
export class IngestWork {
  readonly #around: IngestTools;

  constructor(around: IngestTools) {
    this.#around = around;
  }

  /** Rejects with what stands in the way. */
  async carryOut(attempt: IngestAttempt): Promise<void> {
    const accepted = attempt.state.acceptedAt === undefined ? await this.#upload(attempt) : attempt.state;
    await this.#finish(attempt, accepted);
  }

  async #upload({
    job,
    recording,
    state,
    settings,
    core,
    abort,
    bytesPerSecond,
  }: IngestAttempt): Promise<PackageState> {
    const { ledger, reports, log, clock } = this.#around;
    const { ingestId, name } = settings;
    let bytesTotal = 0;
    for (const { path } of recording.tracks) bytesTotal += await this.#measure(path);
    const target = core.url;
    const begin = this.#beginning(recording, ingestId, target, bytesTotal);
    const agent = this.#around.agentAt(target);
    const isSequel = state.isSequel ?? !ledger.claimEvent(recording.event.uid, recording.id, ingestId);
    const isKnown =
      !isSequel && (state.isKnown ?? (isFromCore(recording) || (await isBooked(recording, core, agent, abort))));
    const known = { ...state, isSequel, isKnown };
    const save = (next: PackageState): void => {
      ledger.save(recording.id, ingestId, next);
      if (next.failures === 0) begin();
    };
    ledger.save(recording.id, ingestId, known);
    const plan = planIngest(recording, settings, { isKnown, isSequel, agent });
    const bytesBefore = bytesDone(plan, known);
    const attempts = job.attempts - 1;
    const begunAt = clock.monotonicMs();
    const accepted = await runIngest({
      plan,
      state: known,
      settings,
      core,
      abort,
      measure: (path) => this.#measure(path),
      bytesPerSecond,
      now: () => clock.now(),
      save,
      onProgress: (progress) => {
        if (progress.bytesDone > bytesBefore) begin();
        reports.report(ingestId, recording, { target, attempts, bytesTotal, ...progress });
      },
      warn: (message) => log.warn(`${name}: "${recording.title}" (${recording.id}): ${message}`),
    });
    const seconds = Math.round((clock.monotonicMs() - begunAt) / 100) / 10;
    log.info(`${name}: "${recording.title}" (${recording.id}) was accepted by ${target} after ${seconds} s`);
    return accepted;
  }

  /**
   * Says that the upload is under way: at once, but after a failure only when something has worked again. Otherwise a
   * core that is away for hours would hear of hundreds of beginnings.
   */
  #beginning(recording: Recording, ingestId: string, target: string, bytesTotal: number): () => void {
    const { state, delivery } = recording;
    let isSaid = state === 'delivering' && delivery?.deliverId === ingestId && delivery.lastError === undefined;
    const begin = (): void => {
      if (isSaid) return;
      isSaid = true;
      this.#around.recordings.delivery(recording.id, { kind: 'begun', deliverId: ingestId, target, bytesTotal });
    };
    const hasFailed = delivery?.deliverId === ingestId && delivery.lastError !== undefined;
    if (!hasFailed) begin();
    return begin;
  }

  /** Everything here may be done twice: the process may end at any point of it. */
  async #finish({ job, recording, settings, core }: IngestAttempt, { acceptedAt }: PackageState): Promise<void> {
    const { recordings, files, ledger, orders, reports } = this.#around;
    const { ingestId, keepsFiles } = settings;
    const current = recordings.get(recording.id);
    if (!current) return;
    ledger.save(recording.id, ingestId, { done: [], failures: 0, rejections: 0, acceptedAt: acceptedAt ?? 0 });
    const isKept = keepsFiles || orders.isWantedElsewhere(recording.id, job);
    if (current.delivery?.deliverId !== ingestId) {
      const bytesTotal = recording.tracks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      recordings.delivery(recording.id, { kind: 'begun', deliverId: ingestId, target: core.url, bytesTotal });
    }
    const paths = isKept ? recording.tracks.map(({ path }) => path) : [];
    const change = { kind: 'delivered', paths, ...(isKept ? {} : { tracks: [] }) } as const;
    const done = recordings.delivery(recording.id, change);
    if (!isKept) for (const path of job.data.sources) await files.removeSource(path);
    reports.delivered(ingestId, done);
  }

  async #measure(path: string): Promise<number> {
    const size = await this.#around.files.size(path);
    if (size !== undefined && size >= 0) return size;
    throw new ReelflowError('SOURCE_MISSING', `the recorded file ${path} is not there`, { isRetryable: true });
  }
}

/** Whether the core got to know a recording that it has not scheduled itself: by /ingest/schedule. */
async function isBooked(
  { event, booking }: Recording,
  core: OpencastCore,
  agent: string,
  abort: AbortSignal,
): Promise<boolean> {
  if (booking?.isSubmitted) {
    const events = await core.conflicts(agent, event.start, event.end, abort);
    return events.some(({ id }) => id === event.uid);
  }
  if (booking) return booking.state === 'booked';
  return (await core.recordingState(event.uid, abort)) !== undefined;
}
