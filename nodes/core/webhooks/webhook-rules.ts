import { redactedSecret } from '../archive/own-store.ts';
import { ReelflowError } from '../errors.ts';
import { redact } from '../redact.ts';
import type { Webhook, WebhookChange } from './webhook.ts';
import { webhookEventTypes } from './webhook-event.ts';
import { isWebhookSecret, makeWebhookSecret } from './webhook-signature.ts';

const longestUrl = 2048;
const mostChannels = 1000;

/** The webhook that a change makes of the one that is there. Throws WEBHOOK_INVALID naming the field. */
export function changedWebhook(id: string, before: Webhook | undefined, change: WebhookChange, now: number): Webhook {
  const webhook: Webhook = {
    id,
    url: keptUrl(change.url ?? before?.url ?? '', before?.url),
    secret: keptSecret(change.secret, before?.secret),
    events: [...new Set(change.events ?? before?.events ?? webhookEventTypes)],
    channels: [...new Set(change.channels ?? before?.channels ?? [])],
    isEnabled: change.isEnabled ?? before?.isEnabled ?? true,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  check(webhook);
  return webhook;
}

/** The address without its secrets, for answers; sent back, it means "as it is". */
export function shownWebhookUrl(url: string): string {
  return redact(url);
}

/** What a log or an alarm may say of it: the path of an address is often a secret. */
export function hostOf({ url }: Pick<Webhook, 'url'>): string {
  return new URL(url).host;
}

function check({ url, secret, events, channels }: Webhook): void {
  if (url === '') refuse('url', 'is missing');
  if (url.length > longestUrl) refuse('url', `must have at most ${longestUrl} characters`);
  const { protocol = '', hash = '' } = URL.canParse(url) ? new URL(url) : {};
  if (protocol !== 'http:' && protocol !== 'https:') refuse('url', 'must be an address such as https://host/path');
  if (hash !== '') refuse('url', 'must not have a # in it: what follows is never sent');
  if (url.includes('***')) refuse('url', 'has *** where a secret was: give the whole address again');
  if (!isWebhookSecret(secret)) {
    refuse('secret', 'must be whsec_ and 24 to 64 bytes in base64; leave it out, and one is made');
  }
  if (events.length === 0) refuse('events', `at least one of ${webhookEventTypes.join(', ')} is needed`);
  if (channels.length > mostChannels) refuse('channels', `at most ${mostChannels}; leave them out for all`);
}

function keptUrl(given: string, before: string | undefined): string {
  return before !== undefined && given === shownWebhookUrl(before) ? before : given;
}

function keptSecret(given: string | undefined, before: string | undefined): string {
  if (given === undefined || given === redactedSecret) return before ?? makeWebhookSecret();
  return given;
}

function refuse(field: string, reason: string): never {
  throw new ReelflowError('WEBHOOK_INVALID', `${field}: ${reason}`, { field });
}
