import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
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
    const path = join(this.#folder, '.reelflow-store');
    const here = readPrivateFile(path)?.trim();
    const known = await this.#read();
    if (known !== undefined || !this.#mayMake) return known !== undefined && known === here;
    const mark = here ?? randomUUID();
    if (here === undefined) writePrivateFile(path, `${mark}\n`);
    await this.#database
      .insertInto('stores')
      .values({ id: rowId, body: mark })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    return (await this.#read()) === mark;
  }

  async #read(): Promise<string | undefined> {
    const row = await this.#database.selectFrom('stores').select('body').where('id', '=', rowId).executeTakeFirst();
    return row?.body;
  }
}
