import type { Alarms } from '../alarms/alarms.ts';
import { toReelflowError } from '../errors.ts';
import type { JobQueue, RetryPolicy } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { WebhookDesk, type WebhookSurroundings } from '../webhooks/webhook-desk.ts';
import type {
  Archive,
  ArchiveEvent,
  CaptureJob,
  ChannelChange,
  ChannelView,
  StoreChoice,
  UpkeepKind,
  UpkeepOptions,
} from './archive.ts';
import { isNews } from './archive-message.ts';
import type { ArchiveNews, SharedEvent } from './archive-news.ts';
import { CaptureDesk, ownQueueOf } from './capture-desk.ts';
import type { CaptureReport } from './capture-report.ts';
import type { CaptureSpool } from './capture-spool.ts';
import { type Channel, type ChannelStore, folderStoreId, type StoreSettings } from './channel.ts';
import { changedChannel } from './channel-rules.ts';
import { ChannelSources } from './channel-sources.ts';
import { ChannelStores, type StoreSurroundings } from './channel-stores.ts';
import { ChannelWatches } from './channel-watches.ts';
import type { Chunk } from './chunk.ts';
import type { ChunkIndex } from './chunk-index.ts';
import type { Decoder } from './decoder.ts';
import type { JobReports } from './job-report.ts';
import type { LiveSource } from './live-source.ts';
import { StoredChunks } from './stored-chunks.ts';
import { UpkeepDesk } from './upkeep-desk.ts';
import type { UpkeepJob, UpkeepReport } from './upkeep-report.ts';

export interface ArchiveSurroundings extends StoreSurroundings {
  channels: ChannelStore;
  index: ChunkIndex;
  reports: JobReports<CaptureReport>;
  upkeepReports: JobReports<UpkeepReport>;
  decoder: Decoder;
  spool: CaptureSpool;
  jobs: JobQueue;
  alarms: Alarms;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
  /** See DeskSurroundings. */
  owner: string;
  openSource: (url: string, channel: Channel) => LiveSource;
  webhooks: Pick<WebhookSurroundings, 'store' | 'sender'>;
  retry?: RetryPolicy;
  /** Where others work on the same archive. */
  shared?: {
    news: ArchiveNews;
    /** Looks at no source by itself: it does what stations order. */
    isWorker: boolean;
  };
}

const cleanupEveryMs = 3600_000;
const sweepEveryMs = 5 * 60_000;
const keepReportsMs = 30 * 24 * 3600_000;

/** The live archive of a station: its channels, each with a watch, and the jobs that capture their chunks. */
export class ArchiveService extends StoredChunks implements Archive {
  readonly webhooks: WebhookDesk;
  readonly #around: ArchiveSurroundings;
  readonly #desk: CaptureDesk;
  readonly #watches: ChannelWatches;
  readonly #sources: ChannelSources;
  readonly #stores: ChannelStores;
  readonly #upkeep: UpkeepDesk;
  readonly #listeners = new Set<(event: ArchiveEvent) => void>();
  readonly #stop = new AbortController();
  readonly #timers: Dispose[] = [];

  private constructor(around: ArchiveSurroundings) {
    const stores = new ChannelStores(around);
    super(around, stores);
    this.#around = around;
    this.#stores = stores;
    const { index, spool, clock, jobs, reports, owner, channels, log, loop, decoder } = around;
    const onChunk = (chunk: Chunk, before: Chunk | undefined) =>
      this.#tell({ kind: 'chunk', chunk, ...(before ? { before } : {}) });
    const store = (id: string) => stores.open(id);
    this.#sources = new ChannelSources(around.openSource, (closing) => this.#guard(() => closing));
    this.#desk = new CaptureDesk(
      {
        index,
        spool,
        clock,
        decoder,
        jobs,
        reports,
        owner,
        store,
        onChunk,
        sources: (channel) => this.#sources.of(channel).filter(({ isLocal }) => !(isLocal && this.#isWorker)),
        channel: (name) => channels.get(name),
        onProgress: (report) => this.#tell({ kind: 'progress', jobId: report.jobId, report }),
        onStore: (channel, error) => this.#hearOfStore(channel, error),
        onEnd: ({ channel }) => this.#watches.look(channel),
        ...(around.retry ? { retry: around.retry } : {}),
        ...(around.shared ? { ownQueue: ownQueueOf(owner) } : {}),
      },
      this.#stop.signal,
    );
    const tell = (event: ArchiveEvent) => this.#tell(event);
    const parts = { index, clock, loop, log, tell, alarms: around.alarms, desk: this.#desk, sources: this.#sources };
    this.#watches = new ChannelWatches(parts);
    this.#upkeep = new UpkeepDesk(
      {
        index,
        clock,
        log,
        store,
        onChunk,
        jobs,
        channels,
        loop,
        decoder,
        reports: around.upkeepReports,
        onVerified: ({ name }) => this.#watches.look(name),
      },
      this.#stop.signal,
    );
    const retry = around.retry ? { retry: around.retry } : {};
    const told = { jobs, alarms: around.alarms, clock, loop, log, ...around.webhooks, ...retry };
    this.webhooks = new WebhookDesk(told, this.#stop.signal);
    this.#listeners.add((event) => this.webhooks.hear(event));
    this.#timers.push(loop.every(sweepEveryMs, () => this.#guard(() => this.#takeUpLeft())));
    if (around.shared) this.#share(around.shared);
    if (!this.#isWorker) this.#timers.push(loop.every(cleanupEveryMs, () => this.#guard(() => this.#housekeep())));
  }

  /** Opens the archive and goes on where it was. */
  static async open(around: ArchiveSurroundings): Promise<ArchiveService> {
    const service = new ArchiveService(around);
    await service.#takeUpLeft();
    await service.#watchAll();
    if (!service.#isWorker) service.#guard(() => service.#housekeep());
    return service;
  }

  async close(): Promise<void> {
    for (const dispose of this.#timers) dispose();
    this.#upkeep.close();
    this.webhooks.close();
    this.#stop.abort();
    await this.#watches.close();
    await this.#desk.idle();
  }

  async channels(): Promise<ChannelView[]> {
    const channels = await this.#around.channels.list();
    return await Promise.all(channels.map((channel) => this.#view(channel)));
  }

  async channel(name: string): Promise<ChannelView> {
    return await this.#view(await this.need(name));
  }

  settings(name: string): Promise<Channel> {
    return this.need(name);
  }

  async putChannel(
    name: string,
    change: ChannelChange,
    store?: StoreChoice,
  ): Promise<{ channel: Channel; isNew: boolean }> {
    const { channels, clock } = this.#around;
    const before = await channels.get(name);
    const storeId = this.#stores.idOf(store, before?.storeId);
    const channel = changedChannel(name, before, { ...change, storeId }, clock.now());
    await this.#stores.keep(store);
    await channels.put(channel);
    if (!this.#isWorker) this.#watches.put(channel);
    this.#tell({ kind: 'channel', name, isRemoved: false });
    return { channel, isNew: before === undefined };
  }

  async removeChannel(name: string): Promise<void> {
    const { channels } = this.#around;
    const { storeId } = await this.need(name);
    await channels.remove(name);
    await this.#watches.remove(name);
    await this.#desk.cancelAll(name);
    const isUsed = (await channels.list()).some((other) => other.storeId === storeId);
    if (storeId !== folderStoreId && !isUsed) await channels.removeStore(storeId);
    this.#tell({ kind: 'channel', name, isRemoved: true });
  }

  store(id: string): Promise<StoreSettings | undefined> {
    return this.#stores.settings(id);
  }

  jobs(filter?: { channel?: string; limit?: number }): Promise<CaptureJob[]> {
    return this.#desk.list(filter);
  }

  job(id: string): Promise<CaptureJob> {
    return this.#desk.get(id);
  }

  retryJob(id: string): Promise<void> {
    return this.#desk.retry(id);
  }

  cancelJob(id: string): Promise<void> {
    return this.#desk.cancel(id);
  }

  async upkeep(kind: UpkeepKind, name: string, options?: UpkeepOptions): Promise<string> {
    await this.need(name);
    return await this.#upkeep.order(kind, name, options);
  }

  async upkeepJobs(name: string): Promise<UpkeepJob[]> {
    await this.need(name);
    return await this.#upkeep.list(name);
  }

  async cancelUpkeep(name: string, id: string): Promise<void> {
    await this.need(name);
    await this.#upkeep.cancel(name, id);
  }

  onEvent(listener: (event: ArchiveEvent) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #housekeep(): Promise<void> {
    const { reports, clock } = this.#around;
    await this.#upkeep.cleanUpAll();
    await reports.prune(clock.now() - keepReportsMs);
  }

  /** What an earlier run left in the spool is stored, whether or not the source still has that time. */
  async #takeUpLeft(): Promise<void> {
    const { spool, channels, index } = this.#around;
    for (const { channel: name, startMs } of await spool.list()) {
      const channel = await channels.get(name);
      const chunk = channel && (await index.get(name, startMs));
      const isDone = chunk?.state === 'complete' && !chunk.isPartial;
      const order = { channel: name, startMs, endMs: chunk?.endMs ?? startMs + (channel?.chunkMs ?? 0) };
      if (channel && !isDone) await this.#desk.addOwn(order);
      else if (!channel || !(await this.#desk.pending(order))) await spool.discard(name, startMs);
    }
  }

  get #isWorker(): boolean {
    return this.#around.shared?.isWorker ?? false;
  }

  #share({ news }: NonNullable<ArchiveSurroundings['shared']>): void {
    const look = (): void => this.#guard(() => this.#watchAll());
    this.#timers.push(
      news.onEvent((event) => this.#guard(() => this.#hear(event))),
      news.onGap(look),
      this.#around.loop.every(sweepEveryMs, look),
    );
  }

  /** What another process did. */
  async #hear(event: SharedEvent): Promise<void> {
    if (event.kind === 'chunk') this.#watches.look(event.chunk.channel);
    else await this.#watchAll();
    this.#tellHere(event);
  }

  async #watchAll(): Promise<void> {
    if (!this.#isWorker) await this.#watches.putAll(await this.#around.channels.list());
  }

  /** Chunks wait in the spool while their store is away: somebody has to know before the disk is full. */
  #hearOfStore({ name }: Channel, error: unknown): void {
    const alarm = `store-away:${name}`;
    if (error === undefined) {
      this.#around.alarms.clear(alarm);
      return;
    }
    const { code, message } = toReelflowError(error);
    this.#around.alarms.raise(alarm, { severity: 'error', code, message: `channel ${name}: ${message}` });
  }

  async #view(channel: Channel): Promise<ChannelView> {
    const watch = this.#watches.get(channel.name);
    return {
      channel,
      totals: await this.#around.index.totals(channel.name),
      ...(watch?.window ? { source: watch.window } : {}),
      ...(watch?.trouble ? { trouble: watch.trouble } : {}),
    };
  }

  #tell(event: ArchiveEvent): void {
    const news = this.#around.shared?.news;
    if (news && (event.kind === 'channel' || (event.kind === 'chunk' && isNews(event.chunk, event.before)))) {
      news.tell(event);
    }
    this.#tellHere(event);
  }

  #tellHere(event: ArchiveEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#around.log.error(`archive: ${toReelflowError(error).message}`);
      }
    }
  }

  #guard(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#around.log.error(`archive: ${toReelflowError(error).message}`));
  }
}
