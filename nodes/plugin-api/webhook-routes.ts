import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { redactedSecret } from '../core/archive/own-store.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError } from '../core/errors.ts';
import {
  deliveryStates,
  type WebhookAttempt,
  type WebhookDelivery,
  type Webhooks,
  type WebhookView,
} from '../core/webhooks/webhook.ts';
import { webhookEventTypes } from '../core/webhooks/webhook-event.ts';
import { shownWebhookUrl } from '../core/webhooks/webhook-rules.ts';
import { noted } from './admin-routes.ts';
import type { ApiContext } from './api-context.ts';
import { doorOf } from './channel-routes.ts';
import { readQuery } from './input.ts';
import { iso } from './recording-json.ts';

const webhookChange = z.strictObject({
  url: z.string().optional(),
  secret: z.string().optional(),
  events: z.array(z.enum(webhookEventTypes)).optional(),
  channels: z.array(z.string().max(64)).optional(),
  isEnabled: z.boolean().optional(),
});
const listQuery = z.object({
  state: z.enum(deliveryStates).optional(),
  limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(1000).default(50),
});

/** Who is told what happens to the archive. For administrators only: a webhook makes the station send to any address. */
export function webhookRoutes(context: ApiContext): Route[] {
  const need = async ({ params }: Call): Promise<{ webhooks: Webhooks; id: string }> => {
    const id = params['id'] ?? '';
    const door = doorOf(context);
    if (!door.isUsed) throw new ReelflowError('WEBHOOK_UNKNOWN', `there is no webhook "${id}"`, { field: 'id' });
    return { webhooks: (await door.open()).webhooks, id };
  };
  return [
    {
      method: 'GET',
      path: '/webhooks',
      role: 'admin',
      async handle() {
        const door = doorOf(context);
        const views = door.isUsed ? await (await door.open()).webhooks.list() : [];
        return { status: 200, body: { webhooks: views.map(webhookJson) } };
      },
    },
    {
      method: 'POST',
      path: '/webhooks',
      role: 'admin',
      async handle(call) {
        const change = readArguments(webhookChange, await readJsonBody(call.request));
        const { webhooks } = await doorOf(context).open();
        const view = await noted(context, call, 'webhook/add', shownHost(change.url), () => webhooks.add(change));
        const { id, secret } = view.webhook;
        // One that was made here is shown this once.
        const body = { ...webhookJson(view), ...(secret === change.secret ? {} : { secret }) };
        return { status: 201, body, headers: { Location: `/api/v1/webhooks/${id}` } };
      },
    },
    {
      method: 'GET',
      path: '/webhooks/{id}',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        return { status: 200, body: webhookJson(await webhooks.get(id)) };
      },
    },
    {
      method: 'PATCH',
      path: '/webhooks/{id}',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        const change = readArguments(webhookChange, await readJsonBody(call.request));
        const view = await noted(context, call, 'webhook/change', id, () => webhooks.change(id, change));
        return { status: 200, body: webhookJson(view) };
      },
    },
    {
      method: 'DELETE',
      path: '/webhooks/{id}',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        await noted(context, call, 'webhook/remove', id, () => webhooks.remove(id));
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/webhooks/{id}/test',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        const delivery = await noted(context, call, 'webhook/test', id, () => webhooks.test(id));
        return { status: 200, body: deliveryJson(delivery) };
      },
    },
    {
      method: 'GET',
      path: '/webhooks/{id}/deliveries',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        const { state, limit } = readQuery(call.query, listQuery);
        const deliveries = await webhooks.deliveries(id, { limit, ...(state ? { state } : {}) });
        return { status: 200, body: { deliveries: deliveries.map(deliveryJson) } };
      },
    },
    {
      method: 'POST',
      path: '/webhooks/{id}/deliveries/{delivery}/retry',
      role: 'admin',
      async handle(call) {
        const { webhooks, id } = await need(call);
        const delivery = await webhooks.sendAgain(id, call.params['delivery'] ?? '');
        return { status: 202, body: deliveryJson(delivery) };
      },
    },
  ];
}

function webhookJson({ webhook, health, waiting, failed }: WebhookView) {
  const { id, url, events, channels, isEnabled, createdAt, updatedAt } = webhook;
  return {
    id,
    url: shownWebhookUrl(url),
    secret: redactedSecret,
    events,
    channels,
    isEnabled,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    waiting,
    failed,
    pausedUntil: iso(health.pausedUntil),
    goneAt: iso(health.goneAt),
    last: health.last && attemptJson(health.last),
  };
}

function deliveryJson({ id, type, channel, state, attempts, createdAt, nextAt, body, last }: WebhookDelivery) {
  return {
    id,
    type,
    channel,
    state,
    attempts,
    createdAt: iso(createdAt),
    nextAttemptAt: state === 'waiting' ? iso(nextAt) : undefined,
    last: last && attemptJson(last),
    body: JSON.parse(body) as unknown,
  };
}

function attemptJson({ at, ...attempt }: WebhookAttempt) {
  return { at: iso(at), ...attempt };
}

/** The audit log is read by more people than the address, whose path is often a secret. */
function shownHost(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : '';
}
