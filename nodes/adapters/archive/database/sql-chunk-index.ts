import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import { isNews } from '../../../core/archive/archive-message.ts';
import type { Chunk, Segment, Span } from '../../../core/archive/chunk.ts';
import type {
  ArchiveLock,
  ArchiveTotals,
  ChunkFilter,
  ChunkIndex,
  Lease,
  SegmentFilter,
} from '../../../core/archive/chunk-index.ts';
import { emptyChunk } from '../../../core/archive/timeline.ts';
import { webhookEventOfChunk } from '../../../core/webhooks/webhook-event.ts';
import type { ArchiveDatabase } from './archive-database.ts';
import type { ArchiveSchema } from './schema.ts';
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
    return rows.flatMap((row) => decodeSegments(row.body, Number(row.start_ms), row.track, span));
  }

  async putLeased(lease: Lease, chunk: Chunk, segments?: readonly Segment[]): Promise<boolean> {
    return await this.#database.transaction().execute(async (transaction) => {
      const was = await whatWas(transaction, chunk);
      const { numUpdatedRows } = await transaction
        .updateTable('chunks')
        .set(rowOf(chunk))
        .where(isLeased(lease))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await tellWebhooks(transaction, chunk, was);
      await putSegments(transaction, chunk, segments);
      return true;
    });
  }

  async replace(before: Chunk | undefined, chunk: Chunk, segments?: readonly Segment[]): Promise<boolean> {
    return await this.#database.transaction().execute(async (transaction) => {
      const written = before
        ? await transaction
            .updateTable('chunks')
            .set(rowOf(chunk))
            .where(isAt(chunk))
            .where('body', '=', JSON.stringify(before))
            .executeTakeFirstOrThrow()
        : await transaction
            .insertInto('chunks')
            .values({ ...placeOf(chunk), ...newLease, ...rowOf(chunk) })
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirstOrThrow();
      const count = 'numUpdatedRows' in written ? written.numUpdatedRows : written.numInsertedOrUpdatedRows;
      if ((count ?? 0n) === 0n) return false;
      await tellWebhooks(transaction, chunk, before);
      await putSegments(transaction, chunk, segments);
      return true;
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

  async claim(
    channel: string,
    span: Span,
    claim: { owner: string; now: number; until: number },
  ): Promise<Lease | undefined> {
    const { owner } = claim;
    const now = Math.round(claim.now);
    const until = Math.round(claim.until);
    const lease = { owner, lease_until: until };
    const empty = emptyChunk(channel, span, span.startMs);
    const row = await this.#database
      .insertInto('chunks')
      .values({ ...placeOf(empty), ...rowOf(empty), ...newLease, ...lease, lease_term: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['channel', 'start_ms'])
          .doUpdateSet({
            ...lease,
            lease_term: sql<number>`chunks.lease_term + 1`,
            takeovers: sql<number>`chunks.takeovers + CASE WHEN chunks.owner <> ${owner} THEN 1 ELSE 0 END`,
          })
          .where((eb) =>
            eb.or([
              eb('chunks.owner', 'is', null),
              eb('chunks.owner', '=', owner),
              eb('chunks.lease_until', '<', now),
              // A clock that was set back: nobody takes a lease that far ahead.
              eb('chunks.lease_until', '>', now + 10 * (until - now)),
            ]),
          ),
      )
      .returning(['lease_term', 'takeovers'])
      .executeTakeFirst();
    return row && { channel, startMs: span.startMs, owner, term: row.lease_term, takeovers: row.takeovers };
  }

  async renew(lease: Lease, until: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('chunks')
      .set({ lease_until: Math.round(until) })
      .where(isLeased(lease))
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async release(lease: Lease): Promise<void> {
    const given = { owner: null, lease_until: null };
    await this.#database.updateTable('chunks').set(given).where(isLeased(lease)).execute();
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

/** Only webhooks want to know. */
async function whatWas(database: ArchiveDatabase, chunk: Chunk): Promise<Chunk | undefined> {
  if (!isNews(chunk, undefined)) return undefined;
  const row = await database.selectFrom('chunks').select('body').where(isAt(chunk)).executeTakeFirst();
  return row && (JSON.parse(row.body) as Chunk);
}

async function tellWebhooks(database: ArchiveDatabase, chunk: Chunk, was: Chunk | undefined): Promise<void> {
  if (!isNews(chunk, undefined)) return;
  const event = webhookEventOfChunk(chunk, was);
  if (event) await recordWebhookEvent(database, event);
}

const newLease = { lease_term: 0, takeovers: 0 };

function placeOf({ channel, startMs }: Pick<Chunk, 'channel' | 'startMs'>) {
  return { channel, start_ms: startMs };
}

function isAt({ channel, startMs }: Pick<Chunk, 'channel' | 'startMs'>) {
  return (eb: ExpressionBuilder<ArchiveSchema, 'chunks'>) => eb.and({ channel, start_ms: startMs });
}

function isLeased(lease: Lease) {
  return (eb: ExpressionBuilder<ArchiveSchema, 'chunks'>) =>
    eb.and([isAt(lease)(eb), eb.and({ owner: lease.owner, lease_term: lease.term })]);
}

async function putSegments(
  transaction: Transaction<ArchiveSchema>,
  { channel, startMs }: Chunk,
  segments: readonly Segment[] | undefined,
): Promise<void> {
  if (!segments) return;
  const place = { channel, start_ms: startMs };
  await transaction
    .deleteFrom('chunk_segments')
    .where((eb) => eb.and(place))
    .execute();
  const tracks = Map.groupBy(segments, ({ track }) => track);
  for (const [track, own] of tracks) {
    const sorted = own.sort((a, b) => a.startMs - b.startMs);
    await transaction
      .insertInto('chunk_segments')
      .values({ ...place, track, body: encodeSegments(sorted) })
      .execute();
  }
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
