import type {
  KeptWebhook,
  Webhook,
  WebhookDelivery,
  WebhookHealth,
  WebhookStore,
} from '../../../core/webhooks/webhook.ts';
import { type DeliveryState, deliveryStates } from '../../../core/webhooks/webhook.ts';
import type { WebhookEvent } from '../../../core/webhooks/webhook-event.ts';
import type { ArchiveDatabase } from './archive-database.ts';
import { deliveryRow, readDelivery, recordWebhookEvent } from './webhook-rows.ts';

/** Of one webhook: what waits beyond this is given up, the oldest first. */
const mostWaiting = 10_000;
/** Of one webhook: what is over, to be looked at and sent again. */
const mostOver: Readonly<Record<Exclude<DeliveryState, 'waiting'>, number>> = { delivered: 200, failed: 1000 };
/** A clock that was set back: nothing is put off that far. */
const farthestMs = 3 * 3600_000;

export class SqlWebhookStore implements WebhookStore {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  async list(): Promise<KeptWebhook[]> {
    const rows = await this.#database.selectFrom('webhooks').selectAll().execute();
    return rows.map(readWebhook).sort((a, b) => a.webhook.createdAt - b.webhook.createdAt);
  }

  async get(id: string): Promise<KeptWebhook | undefined> {
    const found = this.#database.selectFrom('webhooks').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    return row && readWebhook(row);
  }

  async put(webhook: Webhook, health: WebhookHealth): Promise<void> {
    const row = { body: JSON.stringify(webhook), health: JSON.stringify(health) };
    await this.#database
      .insertInto('webhooks')
      .values({ id: webhook.id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('webhooks').where('id', '=', id).execute();
      await transaction.deleteFrom('webhook_deliveries').where('webhook_id', '=', id).execute();
    });
  }

  async setHealth(id: string, health: WebhookHealth): Promise<void> {
    const change = { health: JSON.stringify(health) };
    await this.#database.updateTable('webhooks').set(change).where('id', '=', id).execute();
  }

  async record(event: WebhookEvent): Promise<void> {
    await this.#database.transaction().execute((transaction) => recordWebhookEvent(transaction, event));
  }

  async recordTrouble(event: WebhookEvent, code: string | undefined): Promise<void> {
    const { channel = '' } = event;
    await this.#database.transaction().execute(async (transaction) => {
      // Of several who see the same, one changes the row.
      const changed =
        code === undefined
          ? (await transaction.deleteFrom('webhook_troubles').where('channel', '=', channel).executeTakeFirstOrThrow())
              .numDeletedRows
          : (
              await transaction
                .insertInto('webhook_troubles')
                .values({ channel, code })
                .onConflict((conflict) =>
                  conflict.column('channel').doUpdateSet({ code }).where('webhook_troubles.code', '<>', code),
                )
                .executeTakeFirstOrThrow()
            ).numInsertedOrUpdatedRows;
      if ((changed ?? 0n) > 0n) await recordWebhookEvent(transaction, event);
    });
  }

  async addDelivery(delivery: WebhookDelivery): Promise<void> {
    await this.#database.insertInto('webhook_deliveries').values(deliveryRow(delivery)).execute();
  }

  async settle(delivery: WebhookDelivery): Promise<void> {
    const { id, ...row } = deliveryRow(delivery);
    await this.#database.updateTable('webhook_deliveries').set(row).where('id', '=', id).execute();
  }

  async due(id: string, { now, limit }: { now: number; limit: number }): Promise<WebhookDelivery[]> {
    const rows = await this.#waiting(id)
      .where((eb) => eb.or([eb('next_at', '<=', Math.round(now)), eb('next_at', '>', Math.round(now) + farthestMs)]))
      .orderBy('next_at')
      .limit(limit)
      .execute();
    return rows.map(readDelivery);
  }

  async probe(id: string): Promise<WebhookDelivery | undefined> {
    const row = await this.#waiting(id).orderBy('attempts').orderBy('created_at').limit(1).executeTakeFirst();
    return row && readDelivery(row);
  }

  async nextAt(id: string): Promise<number | undefined> {
    const row = await this.#waiting(id).orderBy('next_at').limit(1).executeTakeFirst();
    return row && Number(row.next_at);
  }

  async makeDue(id: string, now: number): Promise<void> {
    await this.#database
      .updateTable('webhook_deliveries')
      .set({ next_at: Math.round(now) })
      .where('webhook_id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
  }

  async deliveries(id: string, { state, limit }: { state?: DeliveryState; limit: number }): Promise<WebhookDelivery[]> {
    let query = this.#database.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', id);
    if (state) query = query.where('state', '=', state);
    const rows = await query.orderBy('created_at', 'desc').orderBy('id').limit(limit).execute();
    return rows.map(readDelivery);
  }

  async delivery(id: string, deliveryId: string): Promise<WebhookDelivery | undefined> {
    const row = await this.#database
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', id)
      .where('id', '=', deliveryId)
      .executeTakeFirst();
    return row && readDelivery(row);
  }

  async counts(id: string): Promise<Record<DeliveryState, number>> {
    const rows = await this.#database
      .selectFrom('webhook_deliveries')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .where('webhook_id', '=', id)
      .groupBy('state')
      .execute();
    const countOf = (state: DeliveryState) => Number(rows.find((row) => row.state === state)?.count ?? 0);
    return Object.fromEntries(deliveryStates.map((state) => [state, countOf(state)])) as Record<DeliveryState, number>;
  }

  async prune(now: number): Promise<void> {
    const database = this.#database;
    const ids = (await this.list()).map(({ webhook }) => webhook.id);
    for (const id of ids) {
      await database
        .updateTable('webhook_deliveries')
        .set({ state: 'failed' })
        .where('webhook_id', '=', id)
        .where('state', '=', 'waiting')
        .where('expires_at', '<=', Math.round(now))
        .execute();
      const tooMany = await this.#beyond(id, 'waiting', mostWaiting);
      if (tooMany !== undefined) {
        await database
          .updateTable('webhook_deliveries')
          .set({ state: 'failed' })
          .where('webhook_id', '=', id)
          .where('state', '=', 'waiting')
          .where('created_at', '<=', tooMany)
          .execute();
      }
      for (const state of ['delivered', 'failed'] as const) {
        const old = await this.#beyond(id, state, mostOver[state]);
        if (old === undefined) continue;
        await database
          .deleteFrom('webhook_deliveries')
          .where('webhook_id', '=', id)
          .where('state', '=', state)
          .where('created_at', '<=', old)
          .execute();
      }
    }
    // Recorded in the moment in which the webhook, or the channel, was removed.
    const known = database.selectFrom('webhooks').select('id');
    await database.deleteFrom('webhook_deliveries').where('webhook_id', 'not in', known).execute();
    const channels = database.selectFrom('channels').select('name');
    await database.deleteFrom('webhook_troubles').where('channel', 'not in', channels).execute();
  }

  /** When the newest of those beyond the limit came. */
  async #beyond(id: string, state: DeliveryState, limit: number): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('webhook_deliveries')
      .select('created_at')
      .where('webhook_id', '=', id)
      .where('state', '=', state)
      .orderBy('created_at', 'desc')
      .offset(limit)
      .limit(1)
      .executeTakeFirst();
    return row && Number(row.created_at);
  }

  #waiting(id: string) {
    return this.#database
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', id)
      .where('state', '=', 'waiting');
  }
}

function readWebhook({ body, health }: { body: string; health: string }): KeptWebhook {
  return { webhook: JSON.parse(body) as Webhook, health: JSON.parse(health) as WebhookHealth };
}
