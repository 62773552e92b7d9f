import type { Alarms } from '../alarms/alarms.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Job, RetryPolicy, StationJobQueue } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Clock } from '../time/clock.ts';
import type {
  Deliveries,
  DeliveryListeners,
  DeliveryOverrides,
  DeliveryProgress,
  DeliverySettings,
} from './deliveries.ts';
import { DeliveryAlarms } from './delivery-alarms.ts';
import type { DeliveryFiles } from './delivery-files.ts';
import { DeliveryJobs, type DeliveryOrder, deliveryQueue } from './delivery-jobs.ts';
import { DeliveryReports } from './delivery-reports.ts';
import { DeliveryWork, isDeliveredTo } from './delivery-work.ts';
import { checkTemplate } from './name-template.ts';
import { Turns } from './turns.ts';

export interface DeliverySurroundings {
  recordings: Pick<Recordings, 'get' | 'list' | 'delivery' | 'onRemove'>;
  jobs: StationJobQueue;
  files: DeliveryFiles;
  alarms: Alarms;
  clock: Clock;
  log: Log;
  /** Written into the sidecars: this machine's name, and what made the recording. */
  agent?: string;
  versions?: Readonly<Record<string, string>>;
  retry?: RetryPolicy;
  /** How long orders of nodes that are not there (yet) wait for them after a start; default 30 s. */
  graceMs?: number;
  /** A target that does not answer for this long raises an alarm; default one minute. */
  hangMs?: number;
}

const untilDone: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 5000, maxDelayMs: 300_000 };
/** One at a time for each node and for each recording: more only lets other nodes go on while a share hangs. */
const concurrency = 16;
const graceMs = 30_000;
const closeMs = 5000;

/** Delivers finished recordings into folders, in durable jobs that outlive deploys and the process. */
export class DeliveryService implements Deliveries {
  readonly #around: DeliverySurroundings;
  readonly #jobs: DeliveryJobs;
  readonly #alarms: DeliveryAlarms;
  readonly #reports: DeliveryReports;
  readonly #nodes = new Map<string, DeliverySettings>();
  readonly #turns = new Turns();
  readonly #work: DeliveryWork;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** The time that orders wait for their node after a start. */
  readonly #waitOver = Promise.withResolvers<void>();
  #isWaitOver = false;
  /** Wakes orders that wait for their node. */
  #attached = Promise.withResolvers<void>();

  constructor(around: DeliverySurroundings) {
    this.#around = around;
    this.#jobs = new DeliveryJobs(around.jobs);
    this.#alarms = new DeliveryAlarms(around.alarms);
    this.#reports = new DeliveryReports(around);
    this.#work = new DeliveryWork({ ...around, orders: this.#jobs, reports: this.#reports, failing: this.#alarms });
    const endWait = (): void => {
      this.#isWaitOver = true;
      this.#waitOver.resolve();
    };
    const timer = setTimeout(endWait, around.graceMs ?? graceMs);
    this.#stop.signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        endWait();
      },
      { once: true },
    );
    const forget = around.recordings.onRemove((recording) =>
      this.#giveUp(this.#jobs.unfinished({ recordingId: recording.id })),
    );
    this.#stop.signal.addEventListener('abort', forget, { once: true });
    const options = { concurrency, retry: around.retry ?? untilDone, stop: this.#stop.signal };
    around.jobs.work<DeliveryOrder>(deliveryQueue, options, (job, abort) => this.#track(this.#handle(job, abort)));
  }

  attach(settings: DeliverySettings, listeners: DeliveryListeners): (isRemoved?: boolean) => void {
    checkTemplate(settings.nameTemplate);
    const { deliverId } = settings;
    this.#nodes.set(deliverId, settings);
    const detachListeners = this.#reports.attach(deliverId, listeners);
    this.#attached.resolve();
    this.#attached = Promise.withResolvers();
    this.#takeUp(settings);
    return (isRemoved = false) => {
      detachListeners();
      if (this.#nodes.get(deliverId) === settings) this.#nodes.delete(deliverId);
      if (isRemoved) this.#giveUp(this.#jobs.unfinished({ deliverId }));
    };
  }

  deliver(deliverId: string, recordingId: string, overrides: DeliveryOverrides = {}): void {
    const settings = this.#nodes.get(deliverId);
    if (!settings) throw new ReelflowError('DELIVERY_UNKNOWN', `there is no deliver node ${deliverId}`);
    if (overrides.nameTemplate !== undefined) checkTemplate(overrides.nameTemplate);
    const recording = this.#around.recordings.get(recordingId);
    if (!recording) {
      throw new ReelflowError('RECORDING_UNKNOWN', `there is no recording "${recordingId}" on this station`, {
        field: 'payload.id',
      });
    }
    // A recorder tells of each change: the same message may come again when all is done.
    if (isDeliveredTo(recording, deliverId, overrides.folder ?? settings.folder)) return;
    const sources = recording.tracks.map(({ path }) => path);
    const job = this.#jobs.add({ recordingId, settings, overrides, sources });
    if (job.state === 'queued') this.#showWaiting(job);
  }

  progress(): DeliveryProgress[] {
    return this.#reports.list();
  }

  /** Stops at the next block; what is half done goes on at the next start. */
  async close(): Promise<void> {
    this.#stop.abort(new ReelflowError('STATION_STOPPING', 'Reelflow is being stopped', { isRetryable: true }));
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, closeMs);
    await Promise.race([Promise.allSettled(this.#running), limit.promise]);
    clearTimeout(timer);
  }

  /** What was accepted before a restart or a deploy: tried now; what lost its job gets one. */
  #takeUp(settings: DeliverySettings): void {
    const { jobs, recordings } = this.#around;
    const waiting = this.#jobs.unfinished({ deliverId: settings.deliverId });
    for (const job of waiting) if (job.state === 'retrying') jobs.retry(job.id);
    const known = new Set(waiting.map(({ data }) => data.recordingId));
    for (const { id, delivery } of recordings.list({ states: ['recorded', 'delivering'] })) {
      if (delivery?.deliverId === settings.deliverId && !known.has(id)) this.deliver(settings.deliverId, id);
    }
  }

  #giveUp(orders: Job<DeliveryOrder>[]): void {
    const { jobs, recordings, log } = this.#around;
    for (const { id, data } of orders) {
      const { deliverId, name } = data.settings;
      jobs.cancel(id);
      this.#alarms.over(deliverId, data.recordingId);
      this.#reports.over(deliverId, data.recordingId);
      const recording = recordings.get(data.recordingId);
      if (!recording) continue;
      log.warn(`${name}: "${recording.title}" (${recording.id}) is no longer to be delivered: the node was removed`);
      if (this.#jobs.unfinished({ recordingId: recording.id }).length === 0) {
        recordings.delivery(recording.id, { kind: 'abandoned' });
      }
    }
  }

  #track(work: Promise<void>): Promise<void> {
    this.#running.add(work);
    const forget = (): void => void this.#running.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #handle(job: Job<DeliveryOrder>, abort: AbortSignal): Promise<void> {
    const { recordingId } = job.data;
    this.#showWaiting(job);
    const settings = await this.#settings(job.data);
    const ends: (() => void)[] = [];
    try {
      ends.push(await this.#turns.take(`node ${settings.deliverId}`, abort));
      ends.push(await this.#turns.take(`recording ${recordingId}`, abort));
      await this.#work.carryOut(job, settings, abort);
      this.#alarms.over(settings.deliverId, recordingId);
      this.#reports.over(settings.deliverId, recordingId);
    } catch (thrown) {
      if (!abort.aborted) this.#work.failed(job, settings, toReelflowError(thrown, 'DELIVERY_FAILED'));
      throw thrown;
    } finally {
      for (const end of ends.reverse()) end();
    }
  }

  #showWaiting({ data, attempts }: Job<DeliveryOrder>): void {
    const recording = this.#around.recordings.get(data.recordingId);
    const { deliverId, folder: target } = data.settings;
    if (!recording || attempts > 1) return;
    this.#reports.progress(deliverId, recording, { target, state: 'waiting', attempts: 0 });
  }

  /** The node's own, as they are now; what it accepted it with while it is away for longer than a start takes. */
  async #settings({ settings, overrides }: DeliveryOrder): Promise<DeliverySettings> {
    while (!this.#nodes.has(settings.deliverId) && !this.#isWaitOver) {
      await Promise.race([this.#attached.promise, this.#waitOver.promise]);
    }
    return { ...(this.#nodes.get(settings.deliverId) ?? settings), ...overrides };
  }
}
