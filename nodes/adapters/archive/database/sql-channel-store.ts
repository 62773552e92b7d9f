import type { Channel, ChannelStore, StoreSettings } from '../../../core/archive/channel.ts';
import type { ArchiveDatabase } from './archive-database.ts';

export class SqlChannelStore implements ChannelStore {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  async list(): Promise<Channel[]> {
    const rows = await this.#database.selectFrom('channels').select('body').orderBy('name').execute();
    return rows.map(({ body }) => JSON.parse(body) as Channel);
  }

  async get(name: string): Promise<Channel | undefined> {
    const found = this.#database.selectFrom('channels').select('body').where('name', '=', name);
    const row = await found.executeTakeFirst();
    return row && (JSON.parse(row.body) as Channel);
  }

  async put(channel: Channel): Promise<void> {
    const body = JSON.stringify(channel);
    await this.#database
      .insertInto('channels')
      .values({ name: channel.name, body })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ body }))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#database.deleteFrom('channels').where('name', '=', name).execute();
  }

  async getStore(id: string): Promise<StoreSettings | undefined> {
    const row = await this.#database.selectFrom('stores').select('body').where('id', '=', id).executeTakeFirst();
    return row && (JSON.parse(row.body) as StoreSettings);
  }

  async putStore(settings: StoreSettings): Promise<void> {
    const body = JSON.stringify(settings);
    await this.#database
      .insertInto('stores')
      .values({ id: settings.id, body })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ body }))
      .execute();
  }

  async removeStore(id: string): Promise<void> {
    await this.#database.deleteFrom('stores').where('id', '=', id).execute();
  }
}
