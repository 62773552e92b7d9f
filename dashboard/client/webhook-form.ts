import type { WebhookEventType } from '../../nodes/core/webhooks/webhook-event.ts';
import type { WebhookJson } from './webhook-types.ts';
import { eventWords } from './webhook-words.ts';

/** What the form of a webhook has; an empty secret is "as it is", or "make one". */
export interface WebhookFields {
  url: string;
  secret: string;
  events: WebhookEventType[];
  channels: string[];
  isEnabled: boolean;
}

/** What most people want to hear of: what went wrong. */
const usualEvents: WebhookEventType[] = ['chunk.partial', 'chunk.missing', 'channel.trouble', 'channel.recovered'];

export const eventItems = (Object.keys(eventWords) as WebhookEventType[]).map((value) => ({
  title: eventWords[value],
  value,
}));

export function fieldsOf(hook: WebhookJson | undefined): WebhookFields {
  return {
    url: hook?.url ?? '',
    secret: '',
    events: [...(hook?.events ?? usualEvents)],
    channels: [...(hook?.channels ?? [])],
    isEnabled: hook?.isEnabled ?? true,
  };
}

/** The body of the request. */
export function settingsOf({ secret, url, ...fields }: WebhookFields): Record<string, unknown> {
  return { ...fields, url: url.trim(), ...(secret.trim() === '' ? {} : { secret: secret.trim() }) };
}

/** Why it can not be sent yet; empty: it can. */
export function formProblem({ url, events, secret }: WebhookFields): string {
  if (!/^https?:\/\/[^/]/.test(url.trim())) return 'An address that begins with https:// or http:// is needed.';
  if (events.length === 0) return 'Choose at least one thing that it is told of.';
  if (secret.trim() !== '' && !secret.trim().startsWith('whsec_')) return 'A secret begins with whsec_.';
  return '';
}
