import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ReelflowError } from '../../core/errors.ts';
import { readPrivateFile, writePrivateFile } from '../access/private-file.ts';
import type { ArchiveDatabase } from './database/archive-database.ts';

/** The row among the stores that says which folder is meant by "the folder". */
const rowId = 'folder-mark';

/**
 * The folder store of processes that share an archive: the same for all of them, on one machine or mounted. What went
 * into a folder of one machine alone would be missing to all others, so a folder without the mark is refused.
 */
export class FolderMark {
  readonly #folder: string;
  readonly #database: ArchiveDatabase;
  readonly #mayMake: boolean;
  #isRight = false;

  /** @param mayMake the first station decides where the folder is, never a worker */
  constructor(folder: string, database: ArchiveDatabase, { mayMake }: { mayMake: boolean }) {
    this.#folder = folder;
    this.#database = database;
    this.#mayMake = mayMake;
  }

  /** Rejects with STORE_REFUSED. */
  async check(): Promise<void> {
    this.#isRight ||= await this.#compare();
    if (this.#isRight) return;
    const reason = `${this.#folder} is not the folder that the other stations and workers use; mount it there, or give the channel an object store`;
    throw new ReelflowError('STORE_REFUSED', reason, { isRetryable: true });
  }

  async #compare(): Promise<boolean> {
    const known = await read(this.#database);
    if (known !== undefined || !this.#mayMake) return known !== undefined && known === this.#here();
    // One at a time: of two that begin at once, each would else overwrite the mark of the other.
    return await this.#database.transaction().execute(async (transaction) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('reelflow_folder_mark'))`.execute(transaction);
      const other = await read(transaction);
      if (other !== undefined) return other === this.#here();
      const here = this.#here();
      const mark = here ?? randomUUID();
      if (here === undefined) writePrivateFile(this.#path, `${mark}\n`);
      await transaction.insertInto('stores').values({ id: rowId, body: mark }).execute();
      return true;
    });
  }

  get #path(): string {
    return join(this.#folder, '.reelflow-store');
  }

  #here(): string | undefined {
    return readPrivateFile(this.#path)?.trim();
  }
}

async function read(database: ArchiveDatabase): Promise<string | undefined> {
  const row = await database.selectFrom('stores').select('body').where('id', '=', rowId).executeTakeFirst();
  return row?.body;
}
