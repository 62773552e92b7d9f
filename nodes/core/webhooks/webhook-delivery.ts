import { randomUUID } from 'node:crypto';
import type { WebhookDelivery } from './webhook.ts';
import { type WebhookEvent, webhookBody } from './webhook-event.ts';

/** An event that was not taken for so long is given up. */
export const mostTriedMs = 24 * 3600_000;

/** A new event on its way to one webhook. */
export function newDelivery(webhookId: string, event: WebhookEvent): WebhookDelivery {
  const at = Math.round(event.at);
  return {
    id: `msg_${randomUUID()}`,
    webhookId,
    type: event.type,
    ...(event.channel === undefined ? {} : { channel: event.channel }),
    body: webhookBody(event),
    state: 'waiting',
    attempts: 0,
    createdAt: at,
    nextAt: at,
    expiresAt: at + mostTriedMs,
  };
}
