import type { Webhook, WebhookDelivery } from '../../../core/webhooks/webhook.ts';
import { newDelivery } from '../../../core/webhooks/webhook-delivery.ts';
import { type WebhookEvent, wants } from '../../../core/webhooks/webhook-event.ts';
import type { ArchiveDatabase } from './archive-database.ts';
import type { ArchiveSchema } from './schema.ts';

type Row = ArchiveSchema['webhook_deliveries'];

/**
 * An event for each webhook that wants to hear of it. In the transaction that makes it true: no crash comes between a chunk
 * that is stored and the word of it.
 */
export async function recordWebhookEvent(database: ArchiveDatabase, event: WebhookEvent): Promise<void> {
  const rows = await database.selectFrom('webhooks').select('body').execute();
  const wanting = rows.map(({ body }) => JSON.parse(body) as Webhook).filter((webhook) => wants(webhook, event));
  if (wanting.length === 0) return;
  const deliveries = wanting.map(({ id }) => deliveryRow(newDelivery(id, event)));
  await database.insertInto('webhook_deliveries').values(deliveries).execute();
}

export function deliveryRow(delivery: WebhookDelivery): Row {
  const { id, webhookId, state, attempts, createdAt, nextAt, expiresAt, ...rest } = delivery;
  return {
    id,
    webhook_id: webhookId,
    state,
    attempts,
    created_at: Math.round(createdAt),
    next_at: Math.round(nextAt),
    expires_at: Math.round(expiresAt),
    body: JSON.stringify(rest),
  };
}

export function readDelivery(row: Row): WebhookDelivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    state: row.state as WebhookDelivery['state'],
    attempts: row.attempts,
    // A bigint of PostgreSQL comes as text.
    createdAt: Number(row.created_at),
    nextAt: Number(row.next_at),
    expiresAt: Number(row.expires_at),
    ...(JSON.parse(row.body) as Pick<WebhookDelivery, 'type' | 'channel' | 'body' | 'last'>),
  };
}
