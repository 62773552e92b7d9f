import { sql } from 'kysely';
import { z } from 'zod';
import type { ArchiveNews, SharedEvent } from '../../core/archive/archive-news.ts';
import { chunkStates } from '../../core/archive/chunk.ts';
import type { ChunkIndex } from '../../core/archive/chunk-index.ts';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { PostgresNotices } from '../postgres/notices.ts';
import type { ArchiveDatabase } from './database/archive-database.ts';

const channel = 'reelflow_archive';

/** A notice has less than 8000 bytes: it names the chunk, which whoever hears it reads from the index. */
const notice = z.discriminatedUnion('kind', [
  z.object({ from: z.string(), kind: z.literal('channel'), name: z.string(), isRemoved: z.boolean() }),
  z.object({
    from: z.string(),
    kind: z.literal('chunk'),
    channel: z.string(),
    startMs: z.number(),
    before: z.object({ state: z.enum(chunkStates), revision: z.number(), reason: z.string().optional() }).optional(),
  }),
]);

interface NewsOptions {
  /** Who tells; own news are not heard again. */
  owner: string;
  /** By which it is told. */
  database: ArchiveDatabase;
  index: ChunkIndex;
  log: Log;
}

/** News of the archive over LISTEN and NOTIFY. */
export class PostgresNews implements ArchiveNews {
  readonly #owner: string;
  readonly #index: ChunkIndex;
  readonly #log: Log;
  readonly #notices: PostgresNotices;
  readonly #database: ArchiveDatabase;
  readonly #listeners = new Set<(event: SharedEvent) => void>();

  constructor(url: string, { owner, database, index, log }: NewsOptions) {
    this.#owner = owner;
    this.#index = index;
    this.#log = log;
    this.#notices = new PostgresNotices(url, channel, log);
    this.#database = database;
    this.#notices.onNotice((text) => {
      this.#hear(text).catch((error: unknown) => this.#lost(error));
    });
  }

  tell(event: SharedEvent): void {
    const told = { from: this.#owner, ...(event.kind === 'channel' ? event : chunkNotice(event)) };
    sql`SELECT pg_notify(${channel}, ${JSON.stringify(told)})`
      .execute(this.#database)
      .catch((error: unknown) => this.#lost(error));
  }

  onEvent(listener: (event: SharedEvent) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onGap(listener: () => void): Dispose {
    return this.#notices.onGap(listener);
  }

  async close(): Promise<void> {
    await this.#notices.close();
  }

  async #hear(text: string): Promise<void> {
    const heard = notice.parse(JSON.parse(text));
    if (heard.from === this.#owner) return;
    const event = heard.kind === 'channel' ? heard : await this.#chunkEvent(heard);
    if (event) for (const listener of this.#listeners) listener(event);
  }

  async #chunkEvent(heard: Extract<z.infer<typeof notice>, { kind: 'chunk' }>): Promise<SharedEvent | undefined> {
    const chunk = await this.#index.get(heard.channel, heard.startMs);
    if (!chunk) return undefined;
    if (!heard.before) return { kind: 'chunk', chunk };
    const { state, revision, reason } = heard.before;
    const { reason: _now, ...rest } = chunk;
    const before = {
      ...rest,
      state,
      revision,
      ...(reason === undefined ? {} : { reason: { code: reason, message: '' } }),
    };
    return { kind: 'chunk', chunk, before };
  }

  #lost(error: unknown): void {
    this.#log.debug(`archive: news were lost: ${toReelflowError(error).message}`);
  }
}

function chunkNotice({ chunk, before }: Extract<SharedEvent, { kind: 'chunk' }>) {
  const { channel: name, startMs } = chunk;
  const was = before && { state: before.state, revision: before.revision, reason: before.reason?.code };
  return { kind: 'chunk', channel: name, startMs, ...(was ? { before: was } : {}) };
}
