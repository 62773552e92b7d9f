import { randomUUID } from 'node:crypto';
import { ReelflowError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import type { Archive } from './archive.ts';
import type { Channel, ChannelStore } from './channel.ts';
import type { ChannelStores } from './channel-stores.ts';
import { type Chunk, type ChunkObject, type Segment, type Span, storeIdOf } from './chunk.ts';
import type { ArchiveLock, ChunkFilter, ChunkIndex, SegmentFilter } from './chunk-index.ts';
import { parseKey } from './chunk-key.ts';
import type { ChunkStore, ObjectRange } from './chunk-store.ts';
import { fillTimeline } from './timeline.ts';

type Reading = 'chunk' | 'chunks' | 'timeline' | 'segments' | 'read' | 'link' | 'locks' | 'lock' | 'unlock';

/** What is archived of the channels, and what of it is kept. */
export class StoredChunks implements Pick<Archive, Reading> {
  readonly #around: { channels: ChannelStore; index: ChunkIndex; clock: Clock };
  readonly #stores: ChannelStores;

  constructor(around: { channels: ChannelStore; index: ChunkIndex; clock: Clock }, stores: ChannelStores) {
    this.#around = around;
    this.#stores = stores;
  }

  async chunk(name: string, startMs: number): Promise<Chunk | undefined> {
    await this.need(name);
    return await this.#around.index.get(name, startMs);
  }

  async chunks(name: string, filter?: ChunkFilter): Promise<Chunk[]> {
    await this.need(name);
    return await this.#around.index.list(name, filter);
  }

  async timeline(name: string, span: Span): Promise<Chunk[]> {
    const channel = await this.need(name);
    return fillTimeline(channel, span, await this.#around.index.list(name, { span }), this.#around.clock.now());
  }

  async segments(name: string, filter: SegmentFilter): Promise<Segment[]> {
    await this.need(name);
    return await this.#around.index.segments(name, filter);
  }

  async read(
    name: string,
    { key }: Pick<ChunkObject, 'key'>,
    range: ObjectRange,
    abort: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    return await (await this.#storeOf(name, key)).read(key, range, abort);
  }

  async link(name: string, { key }: Pick<ChunkObject, 'key'>): Promise<string | undefined> {
    return await (await this.#storeOf(name, key)).link(key);
  }

  async locks(name: string): Promise<ArchiveLock[]> {
    await this.need(name);
    return await this.#around.index.locks(name);
  }

  async lock(name: string, span: Span, note: string): Promise<ArchiveLock> {
    await this.need(name);
    if (!(span.endMs > span.startMs)) {
      throw new ReelflowError('VALIDATION', 'end: must be after start', { field: 'end' });
    }
    const { startMs, endMs } = span;
    const lock = { id: randomUUID(), channel: name, startMs, endMs, note, createdAt: this.#around.clock.now() };
    await this.#around.index.addLock(lock);
    return lock;
  }

  async unlock(name: string, id: string): Promise<void> {
    await this.need(name);
    if (await this.#around.index.removeLock(name, id)) return;
    throw new ReelflowError('LOCK_UNKNOWN', `channel ${name} has no lock "${id}"`, { field: 'id' });
  }

  /** Where an object of a chunk is; what is in no chunk would be in the channel's store. */
  async #storeOf(name: string, key: string): Promise<ChunkStore> {
    const { storeId } = await this.need(name);
    const span = parseKey(key);
    const chunk = span && (await this.#around.index.get(name, span.startMs));
    return await this.#stores.open(chunk ? storeIdOf(chunk) : storeId);
  }

  protected async need(name: string): Promise<Channel> {
    const channel = await this.#around.channels.get(name);
    if (channel) return channel;
    throw new ReelflowError('CHANNEL_UNKNOWN', `there is no channel "${name}"`, { field: 'channel' });
  }
}
