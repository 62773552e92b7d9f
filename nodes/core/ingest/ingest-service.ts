import type { Alarms } from '../alarms/alarms.ts';
import type { DeliveryFiles } from '../delivery/delivery-files.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Job, RetryPolicy, StationJobQueue } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { OpencastCore } from '../opencast/opencast-core.ts';
import type { OpencastCores } from '../opencast/opencast-cores.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { KeyValueStore } from '../state/key-value-store.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import { IngestCancel } from './ingest-cancel.ts';
import { IngestJobs, type IngestOrder, ingestQueue } from './ingest-jobs.ts';
import { IngestLedger } from './ingest-ledger.ts';
import { considerPause, pauseError } from './ingest-pause.ts';
import { IngestReports } from './ingest-reports.ts';
import { IngestTroubles } from './ingest-troubles.ts';
import { IngestWork } from './ingest-work.ts';
import type { IngestListeners, IngestOverrides, IngestProgress, IngestSettings, Ingests } from './ingests.ts';
import { newPackage } from './package-state.ts';
import { Slots } from './slots.ts';

export interface IngestSurroundings {
  recordings: Pick<Recordings, 'get' | 'list' | 'delivery' | 'onRemove'>;
  jobs: StationJobQueue;
  store: KeyValueStore;
  cores: OpencastCores;
  files: Pick<DeliveryFiles, 'size' | 'removeSource'>;
  alarms: Alarms;
  clock: Clock;
  log: Log;
  /** Name that this capture agent has at a core. */
  agentAt: (coreUrl: string) => string;
  retry?: RetryPolicy;
  /** 0..1; default Math.random. */
  random?: () => number;
}

/** Not longer than 48 s: a core that comes back has everything within a minute. */
const untilAccepted: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 3000, maxDelayMs: 40_000 };
/** Waiting ones cost nothing; how many upload at once is each node's own setting. */
const concurrency = 500;
const longestPauseMs = 50 * 3600_000;
const nodeAwayMs = 30_000;
const closeMs = 5000;

/** Uploads finished recordings to Opencast, in durable jobs that outlive deploys and the process. */
export class IngestService implements Ingests {
  readonly #around: IngestSurroundings;
  readonly #orders: IngestJobs;
  readonly #ledger: IngestLedger;
  readonly #reports: IngestReports;
  readonly #troubles: IngestTroubles;
  readonly #work: IngestWork;
  readonly #cancel: IngestCancel;
  readonly #slots = new Slots();
  readonly #nodes = new Map<string, IngestSettings>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #watched = new Map<OpencastCore, Dispose>();
  readonly #stop = new AbortController();

  constructor(around: IngestSurroundings) {
    const { jobs, store, recordings, cores } = around;
    this.#around = around;
    this.#orders = new IngestJobs(jobs);
    this.#ledger = new IngestLedger(store);
    this.#reports = new IngestReports(around);
    const parts = { orders: this.#orders, ledger: this.#ledger, reports: this.#reports };
    this.#troubles = new IngestTroubles({ ...around, ...parts });
    this.#work = new IngestWork({ ...around, ...parts });
    this.#cancel = new IngestCancel({ ...around, ...parts, troubles: this.#troubles, running: this.#running });
    const disposables = [
      recordings.onRemove(({ id }) => this.#cancel.forget(this.#orders.open({ recordingId: id }))),
      cores.onChange(() => this.#watchCores()),
    ];
    this.#stop.signal.addEventListener('abort', () => {
      for (const dispose of [...disposables, ...this.#watched.values()]) dispose();
    });
    this.#watchCores();
    const retry = around.retry ?? untilAccepted;
    const options = { concurrency, retry, stop: this.#stop.signal, longestPauseMs };
    jobs.work<IngestOrder>(ingestQueue, options, (job, abort) => this.#track(job.id, this.#handle(job, abort)));
  }

  attach(settings: IngestSettings, listeners: IngestListeners): (isRemoved?: boolean) => void {
    const { ingestId } = settings;
    this.#nodes.set(ingestId, settings);
    const detachListeners = this.#reports.attach(ingestId, listeners);
    this.#takeUp(settings);
    return (isRemoved = false) => {
      detachListeners();
      if (this.#nodes.get(ingestId) === settings) this.#nodes.delete(ingestId);
      if (isRemoved) this.#cancel.giveUp(this.#orders.open({ ingestId }), this.#coreOf(settings));
    };
  }

  accept(ingestId: string, recordingId: string, overrides: IngestOverrides = {}): void {
    const { recordings, cores } = this.#around;
    const settings = this.#nodes.get(ingestId);
    if (!settings) throw new ReelflowError('INGEST_UNKNOWN', `there is no ingest node ${ingestId}`);
    const recording = recordings.get(recordingId);
    if (!recording) {
      const message = `there is no recording "${recordingId}" on this station`;
      throw new ReelflowError('RECORDING_UNKNOWN', message, { field: 'payload.id' });
    }
    if (this.#orders.unfinished({ ingestId, recordingId }).length > 0) return;
    // Held ones: the new job decides again.
    for (const job of this.#orders.open({ ingestId, recordingId })) this.#orders.cancel(job);
    const { pause: _over, ...state } = this.#ledger.load(recordingId, ingestId);
    this.#ledger.save(recordingId, ingestId, state);
    const sources = recording.tracks.map(({ path }) => path);
    this.#orders.add({ recordingId, ingestId, name: settings.name, overrides, sources });
    const target = cores.get(settings.coreId)?.url ?? '';
    this.#reports.report(ingestId, recording, { target, state: 'waiting' });
  }

  upload(recordingId: string): void {
    const [only, ...more] = this.#nodes.keys();
    const delivered = this.#around.recordings.get(recordingId);
    const open = this.#orders.open({ recordingId });
    if (open.length === 0 && delivered) {
      const { deliverId = '' } = delivered.delivery ?? {};
      const ingestId = this.#nodes.has(deliverId) ? deliverId : more.length === 0 ? only : undefined;
      if (ingestId !== undefined) {
        this.#ledger.save(recordingId, ingestId, { ...newPackage(), isUrgent: true });
        this.accept(ingestId, recordingId);
        return;
      }
    }
    if (open.length === 0) throw missing(recordingId);
    for (const job of open) {
      const { pause: _over, ...state } = this.#ledger.load(recordingId, job.data.ingestId);
      this.#ledger.save(recordingId, job.data.ingestId, { ...state, isUrgent: true });
      this.#orders.retry(job);
    }
  }

  async cancel(recordingId: string): Promise<void> {
    const open = this.#orders.open({ recordingId });
    if (open.length === 0) throw missing(recordingId);
    for (const job of open) {
      const settings = this.#nodes.get(job.data.ingestId);
      await this.#cancel.one(job, settings && this.#coreOf(settings), { why: 'it was cancelled', isOnHold: true });
    }
  }

  progress(): IngestProgress[] {
    return this.#reports.list();
  }

  onChange(listener: () => void): Dispose {
    return this.#reports.onChange(listener);
  }

  /** Stops at the next block; what is half done goes on at the next start. */
  async close(): Promise<void> {
    this.#stop.abort(new ReelflowError('STATION_STOPPING', 'Reelflow is being stopped', { isRetryable: true }));
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, closeMs);
    await Promise.race([Promise.allSettled(this.#running.values()), limit.promise]);
    clearTimeout(timer);
  }

  #coreOf({ coreId }: IngestSettings): OpencastCore | undefined {
    return this.#around.cores.get(coreId);
  }

  /** What was accepted before a restart or a deploy is looked at again; what lost its job gets one. */
  #takeUp({ ingestId }: IngestSettings): void {
    const open = this.#orders.open({ ingestId });
    for (const job of open) if (job.state === 'retrying') this.#wake(job);
    const known = new Set(open.map(({ data }) => data.recordingId));
    for (const { id, delivery, isOnHold } of this.#around.recordings.list({ states: ['recorded', 'delivering'] })) {
      if (delivery?.deliverId === ingestId && !isOnHold && !known.has(id)) this.accept(ingestId, id);
    }
  }

  /** Has a job considered anew, by nobody's wish: its delay and its window still count. */
  #wake(job: Job<IngestOrder>): void {
    const { recordingId, ingestId } = job.data;
    const { pause: _over, ...state } = this.#ledger.load(recordingId, ingestId);
    this.#ledger.save(recordingId, ingestId, state);
    this.#orders.retry(job);
  }

  /** A core that answers again, or that has just been declared, is not kept waiting for the next try. */
  #watchCores(): void {
    const listed = new Map(this.#around.cores.list().map(([id, core]) => [core, id]));
    for (const [core, dispose] of this.#watched) {
      if (listed.has(core)) continue;
      dispose();
      this.#watched.delete(core);
    }
    for (const [core, id] of listed) {
      if (this.#watched.has(core)) continue;
      this.#watched.set(
        core,
        core.onContact(({ lastError }) => {
          if (!lastError) this.#wakeAllFor(id);
        }),
      );
      this.#wakeAllFor(id);
    }
  }

  #wakeAllFor(coreId: string): void {
    for (const { ingestId } of [...this.#nodes.values()].filter((one) => one.coreId === coreId)) {
      for (const job of this.#orders.unfinished({ ingestId })) {
        const isKeptByCore = job.error?.code.startsWith('OPENCAST_') || job.error?.code === 'INGEST_NODE_AWAY';
        if (job.state === 'retrying' && isKeptByCore) this.#wake(job);
      }
    }
  }

  #track(id: string, work: Promise<void>): Promise<void> {
    this.#running.set(id, work);
    const forget = (): void => void this.#running.delete(id);
    work.then(forget, forget);
    return work;
  }

  async #handle(job: Job<IngestOrder>, abort: AbortSignal): Promise<void> {
    const { recordings, log } = this.#around;
    const { recordingId, ingestId, name, overrides } = job.data;
    const recording = recordings.get(recordingId);
    if (!recording) return;
    if (!['recorded', 'delivering', 'delivered'].includes(recording.state)) {
      log.warn(`${name}: "${recording.title}" (${recordingId}) is ${recording.state}: nothing to upload`);
      return;
    }
    const own = this.#nodes.get(ingestId);
    const core = own && this.#coreOf(own);
    if (!own || !core) throw pauseError({ kind: 'node', until: this.#around.clock.now() + nodeAwayMs });
    const settings = { ...own, ...overrides };
    try {
      this.#pauseIfNeeded(job, recording, settings, core);
      const leave = await this.#slots.take(ingestId, () => this.#nodes.get(ingestId)?.parallel ?? own.parallel, abort);
      try {
        const state = this.#ledger.load(recordingId, ingestId);
        const bytesPerSecond = (): number => this.#share(settings);
        await this.#work.carryOut({ job, recording, state, settings, core, abort, bytesPerSecond });
      } finally {
        leave();
      }
      this.#troubles.over(ingestId, recordingId);
    } catch (thrown) {
      if (!abort.aborted) this.#troubles.noted(job, settings, core.url, toReelflowError(thrown, 'INGEST_FAILED'));
      throw thrown;
    }
  }

  /** What the core has accepted is only finished, at any time. */
  #pauseIfNeeded(job: Job<IngestOrder>, recording: Recording, settings: IngestSettings, core: OpencastCore): void {
    const { clock, random = Math.random } = this.#around;
    const { ingestId } = settings;
    const state = this.#ledger.load(recording.id, ingestId);
    if (state.acceptedAt !== undefined) return;
    const timing = { ...settings, isOnHold: settings.isOnHold || core.isBackup };
    const considered = considerPause(state, timing, job, { now: clock.now(), random: random() });
    this.#ledger.save(recording.id, ingestId, considered);
    if (considered.pause) throw pauseError(considered.pause);
  }

  #share({ ingestId, bytesPerSecond }: IngestSettings): number {
    const limit = this.#nodes.get(ingestId)?.bytesPerSecond ?? bytesPerSecond;
    return limit / Math.max(1, this.#slots.taken(ingestId));
  }
}

function missing(recordingId: string): ReelflowError {
  return new ReelflowError('INGEST_MISSING', `recording ${recordingId} was given to no ingest node, or to several`);
}
