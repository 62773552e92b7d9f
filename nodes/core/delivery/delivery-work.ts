import { ReelflowError } from '../errors.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock } from '../time/clock.ts';
import type { DeliverySettings } from './deliveries.ts';
import type { DeliveryAlarms } from './delivery-alarms.ts';
import type { DeliveryFiles } from './delivery-files.ts';
import type { DeliveryJobs, DeliveryOrder } from './delivery-jobs.ts';
import type { DeliveryReports } from './delivery-reports.ts';
import { type DeliveryRun, runDelivery } from './delivery-run.ts';

export interface DeliveryTools {
  recordings: Pick<Recordings, 'get' | 'delivery'>;
  files: DeliveryFiles;
  clock: Clock;
  log: Log;
  agent?: string;
  versions?: Readonly<Record<string, string>>;
  /** See #watch; default one minute. */
  hangMs?: number;
  orders: DeliveryJobs;
  reports: DeliveryReports;
  failing: DeliveryAlarms;
}

const defaultHangMs = 60_000;

/** Carries out one order: what is done, what the recording says of it, and who hears of it. */
export class DeliveryWork {
  readonly #around: DeliveryTools;
  readonly #reserved = new Set<string>();

  constructor(around: DeliveryTools) {
    this.#around = around;
  }

  /** Does nothing where nothing is left to do; rejects with what stands in the way. */
  async carryOut(job: Job<DeliveryOrder>, settings: DeliverySettings, abort: AbortSignal): Promise<void> {
    const { recordings, files, clock, agent, versions, log } = this.#around;
    const { deliverId } = settings;
    const recording = recordings.get(job.data.recordingId);
    if (!recording) return;
    const target = settings.folder;
    if (isDeliveredTo(recording, deliverId, target)) {
      // Everything was done but the last step, when the process ended.
      await this.#removeSources(job.data, recording);
      this.#around.reports.delivered(deliverId, recording);
      return;
    }
    if (!['recorded', 'delivering', 'delivered'].includes(recording.state)) {
      log.warn(`${settings.name}: "${recording.title}" (${recording.id}) is ${recording.state}: nothing to deliver`);
      return;
    }
    const bytesTotal = recording.tracks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    recordings.delivery(recording.id, { kind: 'begun', deliverId, target, bytesTotal });
    const attempts = job.attempts - 1;
    const about = { deliveredAt: () => clock.now(), ...(agent ? { agent } : {}), ...(versions ? { versions } : {}) };
    const watch = this.#watch(settings, recording);
    const onProgress: DeliveryRun['onProgress'] = (progress) => {
      watch.goesOn();
      this.#around.reports.progress(deliverId, recording, { target, attempts, bytesTotal, ...progress });
    };
    const run = { recording, settings, files, abort, reserved: this.#reserved, about, onProgress };
    const { paths, tracks } = await runDelivery(run).finally(() => watch.end());
    log.info(`${settings.name}: "${recording.title}" (${recording.id}) was delivered to ${paths.join(', ')}`);
    const siblings = this.#around.orders.ofRecording(recording.id).filter(({ id }) => id !== job.id);
    if (siblings.some(({ state }) => state === 'queued' || state === 'retrying' || state === 'active')) {
      // Somebody still needs the sources; the last one says that it is delivered and clears up.
      this.#around.reports.delivered(deliverId, this.#asDelivered(recording, settings, bytesTotal, paths));
      return;
    }
    const isMove =
      settings.mode === 'move' || siblings.some(({ state, data }) => state === 'completed' && isMoveOrder(data));
    const moved = isMove ? { tracks } : {};
    const done = recordings.delivery(recording.id, { kind: 'delivered', paths, ...moved });
    await this.#removeSources(job.data, done);
    this.#around.reports.delivered(deliverId, done);
  }

  /** A share that hangs does not fail: calls to it just do not come back. So somebody has to say it. */
  #watch(settings: DeliverySettings, recording: Recording): { goesOn(): void; end(): void } {
    const { clock, failing } = this.#around;
    const hangMs = this.#around.hangMs ?? defaultHangMs;
    let lastMs = clock.monotonicMs();
    const timer = setInterval(() => {
      if (clock.monotonicMs() - lastMs < hangMs) return;
      const message = `${settings.folder} has not answered for ${Math.round(hangMs / 1000)} s`;
      failing.failed(settings, recording, new ReelflowError('TARGET_HANGS', message, { isRetryable: true }));
    }, hangMs / 2);
    return {
      goesOn: () => {
        lastMs = clock.monotonicMs();
      },
      end: () => clearInterval(timer),
    };
  }

  /** Only what the recording itself no longer points to. */
  async #removeSources({ sources }: DeliveryOrder, recording: Recording): Promise<void> {
    const kept = new Set([...recording.tracks.map(({ path }) => path), ...(recording.delivery?.paths ?? [])]);
    for (const path of sources) if (!kept.has(path)) await this.#around.files.removeSource(path);
  }

  #asDelivered(recording: Recording, settings: DeliverySettings, bytes: number, paths: string[]): Recording {
    const { deliverId, folder: target } = settings;
    const delivery = { deliverId, target, bytesDone: bytes, bytesTotal: bytes, attempts: 0, paths };
    return { ...recording, state: 'delivered', delivery };
  }

  failed(job: Job<DeliveryOrder>, settings: DeliverySettings, error: ReelflowError): void {
    const { recordings } = this.#around;
    const { deliverId, folder: target } = settings;
    const recording = recordings.get(job.data.recordingId);
    if (!recording) return;
    const { code, message } = error;
    this.#around.failing.failed(settings, recording, error);
    if (recording.delivery?.deliverId === deliverId) {
      recordings.delivery(recording.id, { kind: 'failed', error: { code, message }, attempts: job.attempts });
    }
    this.#around.reports.progress(deliverId, recording, {
      target,
      state: 'retrying',
      attempts: job.attempts,
      error: { code, message },
    });
  }
}

function isMoveOrder({ settings, overrides }: DeliveryOrder): boolean {
  return (overrides.mode ?? settings.mode) === 'move';
}

export function isDeliveredTo({ state, delivery }: Recording, deliverId: string, target: string): boolean {
  return state === 'delivered' && delivery?.deliverId === deliverId && delivery.target === target;
}
