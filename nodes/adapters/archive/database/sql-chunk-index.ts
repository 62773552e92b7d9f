import { isNews } from '../../../core/archive/archive-message.ts';
import type { Chunk, Segment, Span } from '../../../core/archive/chunk.ts';
import type {
  ArchiveLock,
  ArchiveTotals,
  ChunkFilter,
  ChunkIndex,
  SegmentFilter,
} from '../../../core/archive/chunk-index.ts';
import { emptyChunk } from '../../../core/archive/timeline.ts';
import { webhookEventOfChunk } from '../../../core/webhooks/webhook-event.ts';
import type { ArchiveDatabase } from './archive-database.ts';
import { decodeSegments, encodeSegments } from './segment-codec.ts';
import { recordWebhookEvent } from './webhook-rows.ts';

/** The last segment of a chunk may reach this far into the next. */
const longestSegmentMs = 60_000;

export class SqlChunkIndex implements ChunkIndex {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  async get(channel: string, startMs: number): Promise<Chunk | undefined> {
    const row = await this.#database
      .selectFrom('chunks')
      .select('body')
      .where('channel', '=', channel)
      .where('start_ms', '=', startMs)
      .executeTakeFirst();
    return row && (JSON.parse(row.body) as Chunk);
  }

  async list(channel: string, filter: ChunkFilter = {}): Promise<Chunk[]> {
    const { span, states, isPartial, order = 'oldest', limit } = filter;
    let query = this.#database.selectFrom('chunks').select('body').where('channel', '=', channel);
    if (span)
      query = query.where('start_ms', '<', Math.ceil(span.endMs)).where('end_ms', '>', Math.floor(span.startMs));
    if (states) query = query.where('state', 'in', [...states]);
    if (isPartial !== undefined) query = query.where('is_partial', '=', Number(isPartial));
    query = query.orderBy('start_ms', order === 'oldest' ? 'asc' : 'desc');
    if (limit !== undefined) query = query.limit(limit);
    const rows = await query.execute();
    return rows.map(({ body }) => JSON.parse(body) as Chunk);
  }

  async segments(channel: string, { span, track }: SegmentFilter): Promise<Segment[]> {
    let query = this.#database
      .selectFrom('chunk_segments as s')
      .innerJoin('chunks as c', (join) =>
        join.onRef('c.channel', '=', 's.channel').onRef('c.start_ms', '=', 's.start_ms'),
      )
      .select(['s.start_ms', 's.track', 's.body'])
      .where('c.channel', '=', channel)
      .where('c.state', '=', 'complete')
      .where('c.start_ms', '<', Math.ceil(span.endMs))
      .where('c.end_ms', '>', Math.floor(span.startMs) - longestSegmentMs);
    if (track !== undefined) query = query.where('s.track', '=', track);
    const rows = await query.orderBy('s.track').orderBy('s.start_ms').execute();
    return rows.flatMap((row) =>
      decodeSegments(row.body, Number(row.start_ms), row.track).filter(
        ({ startMs, durationMs }) => startMs < span.endMs && startMs + durationMs > span.startMs,
      ),
    );
  }

  async put(chunk: Chunk, segments?: readonly Segment[]): Promise<void> {
    const { channel, startMs } = chunk;
    const row = rowOf(chunk);
    await this.#database.transaction().execute(async (transaction) => {
      await tellWebhooks(transaction, chunk);
      await transaction
        .insertInto('chunks')
        .values({ channel, start_ms: startMs, ...row })
        .onConflict((conflict) => conflict.columns(['channel', 'start_ms']).doUpdateSet(row))
        .execute();
      if (!segments) return;
      await transaction
        .deleteFrom('chunk_segments')
        .where('channel', '=', channel)
        .where('start_ms', '=', startMs)
        .execute();
      const tracks = Map.groupBy(segments, ({ track }) => track);
      for (const [track, own] of tracks) {
        const sorted = own.sort((a, b) => a.startMs - b.startMs);
        await transaction
          .insertInto('chunk_segments')
          .values({ channel, start_ms: startMs, track, body: encodeSegments(sorted) })
          .execute();
      }
    });
  }

  async remove(channel: string, startMs: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const table of ['chunk_segments', 'chunks'] as const) {
        await transaction.deleteFrom(table).where('channel', '=', channel).where('start_ms', '=', startMs).execute();
      }
    });
  }

  async totals(channel: string): Promise<ArchiveTotals> {
    const row = await this.#database
      .selectFrom('chunks')
      .select(({ fn }) => [
        fn.countAll<number>().as('chunks'),
        fn.sum<number>('is_partial').as('partial'),
        fn.sum<number>('size_bytes').as('bytes'),
        fn.min<number>('start_ms').as('first'),
        fn.max<number>('end_ms').as('last'),
      ])
      .where('channel', '=', channel)
      .where('state', '=', 'complete')
      .executeTakeFirstOrThrow();
    const chunkCount = Number(row.chunks);
    return {
      chunkCount,
      partialCount: Number(row.partial ?? 0),
      sizeBytes: Number(row.bytes ?? 0),
      ...(chunkCount > 0 ? { first: Number(row.first), last: Number(row.last) } : {}),
    };
  }

  async claim(channel: string, span: Span, claim: { owner: string; now: number; until: number }): Promise<boolean> {
    const { owner } = claim;
    const now = Math.round(claim.now);
    const lease = { owner, lease_until: Math.round(claim.until) };
    const { numInsertedOrUpdatedRows } = await this.#database
      .insertInto('chunks')
      .values({ channel, start_ms: span.startMs, ...rowOf(emptyChunk(channel, span, span.startMs)), ...lease })
      .onConflict((conflict) =>
        conflict
          .columns(['channel', 'start_ms'])
          .doUpdateSet(lease)
          .where((eb) =>
            eb.or([
              eb('chunks.owner', 'is', null),
              eb('chunks.owner', '=', owner),
              eb('chunks.lease_until', '<', now),
              // A clock that was set back: nobody takes a lease that far ahead.
              eb('chunks.lease_until', '>', now + 10 * (lease.lease_until - now)),
            ]),
          ),
      )
      .executeTakeFirstOrThrow();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async release(channel: string, startMs: number, owner: string): Promise<void> {
    await this.#database
      .updateTable('chunks')
      .set({ owner: null, lease_until: null })
      .where('channel', '=', channel)
      .where('start_ms', '=', startMs)
      .where('owner', '=', owner)
      .execute();
  }

  async locks(channel: string): Promise<ArchiveLock[]> {
    const rows = await this.#database.selectFrom('locks').select('body').where('channel', '=', channel).execute();
    return rows.map(({ body }) => JSON.parse(body) as ArchiveLock).sort((a, b) => a.startMs - b.startMs);
  }

  async addLock(lock: ArchiveLock): Promise<void> {
    const { id, channel } = lock;
    await this.#database
      .insertInto('locks')
      .values({ id, channel, body: JSON.stringify(lock) })
      .execute();
  }

  async removeLock(channel: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('locks')
      .where('channel', '=', channel)
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }
}

/** Before the chunk is written, so that what was there is still to be seen. */
async function tellWebhooks(database: ArchiveDatabase, chunk: Chunk): Promise<void> {
  if (!isNews(chunk, undefined)) return;
  const { channel, startMs } = chunk;
  const was = database
    .selectFrom('chunks')
    .select('body')
    .where('channel', '=', channel)
    .where('start_ms', '=', startMs);
  const row = await was.executeTakeFirst();
  const event = webhookEventOfChunk(chunk, row && (JSON.parse(row.body) as Chunk));
  if (event) await recordWebhookEvent(database, event);
}

function rowOf(chunk: Chunk) {
  return {
    end_ms: chunk.endMs,
    state: chunk.state,
    is_partial: Number(chunk.isPartial),
    size_bytes: chunk.sizeBytes,
    body: JSON.stringify(chunk),
  };
}
