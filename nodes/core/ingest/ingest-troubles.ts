import type { Alarms } from '../alarms/alarms.ts';
import { DeliveryAlarms } from '../delivery/delivery-alarms.ts';
import type { ReelflowError } from '../errors.ts';
import { JobGivenUp, JobPostponed } from '../jobs/job-pause.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { IngestOrder } from './ingest-jobs.ts';
import type { IngestLedger } from './ingest-ledger.ts';
import type { IngestReports } from './ingest-reports.ts';
import type { IngestSettings } from './ingests.ts';

interface TroubleSurroundings {
  recordings: Pick<Recordings, 'get' | 'delivery'>;
  alarms: Alarms;
  ledger: IngestLedger;
  reports: IngestReports;
}

/** Says why an upload does not go on: to the recording, to the node, and as an alarm where it is a fault. */
export class IngestTroubles {
  readonly #around: TroubleSurroundings;
  readonly #failing: DeliveryAlarms;

  constructor(around: TroubleSurroundings) {
    this.#around = around;
    this.#failing = new DeliveryAlarms(around.alarms);
  }

  over(ingestId: string, recordingId: string): void {
    this.#failing.over(ingestId, recordingId);
  }

  noted(job: Job<IngestOrder>, settings: IngestSettings, target: string, error: ReelflowError): void {
    const recording = this.#around.recordings.get(job.data.recordingId);
    if (!recording) return;
    if (error instanceof JobPostponed) this.#postponed(job, recording, target, error);
    else if (error.code === 'INGEST_HELD') this.#held(job, recording, target);
    else this.#failed(job, recording, settings, target, error);
  }

  #postponed({ attempts, data }: Job<IngestOrder>, recording: Recording, target: string, error: JobPostponed): void {
    const { code, message, until } = error;
    const why = { error: { code, message }, waitsUntil: until };
    this.#around.reports.report(data.ingestId, recording, {
      target,
      state: 'waiting',
      attempts: attempts - 1,
      ...why,
    });
  }

  #held({ data }: Job<IngestOrder>, recording: Recording, target: string): void {
    const { ingestId } = data;
    const bytesTotal = recording.tracks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#around.recordings.delivery(recording.id, { kind: 'held', deliverId: ingestId, target, bytesTotal });
    this.#around.reports.report(ingestId, recording, { target, state: 'held', attempts: 0, bytesTotal });
  }

  #failed(
    { attempts, data }: Job<IngestOrder>,
    recording: Recording,
    { name }: IngestSettings,
    target: string,
    error: ReelflowError,
  ): void {
    const { recordings, ledger, reports } = this.#around;
    const { ingestId } = data;
    const { code, message } = error;
    if (error instanceof JobGivenUp) {
      const { isUrgent: _over, ...state } = ledger.load(recording.id, ingestId);
      ledger.save(recording.id, ingestId, { ...state, pause: { kind: 'question' } });
    }
    this.#failing.failed({ deliverId: ingestId, name }, recording, error);
    if (recording.delivery?.deliverId === ingestId) {
      recordings.delivery(recording.id, { kind: 'failed', error: { code, message }, attempts });
    }
    reports.report(ingestId, recording, { target, state: 'retrying', attempts, error: { code, message } });
  }
}
