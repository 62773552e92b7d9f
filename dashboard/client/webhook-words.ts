import type { WebhookEventType } from '../../nodes/core/webhooks/webhook-event.ts';
import { sentenceOf } from './api.ts';
import type { Look } from './channel-words.ts';
import { relativeTime } from './format.ts';
import type { WebhookAttemptJson, WebhookDeliveryJson, WebhookJson } from './webhook-types.ts';

export const eventWords: Readonly<Record<WebhookEventType, string>> = {
  'chunk.stored': 'a chunk is stored whole',
  'chunk.partial': 'a chunk has holes',
  'chunk.missing': 'a chunk is missing',
  'channel.trouble': 'a source can not be read',
  'channel.recovered': 'a source can be read again',
  'clip.completed': 'a file is finished',
  'clip.failed': 'a file could not be made',
};

export function webhookLook({ isEnabled, goneAt, pausedUntil, last }: WebhookJson): Look {
  if (goneAt) return { word: 'Gone', tone: 'bad', icon: 'mdi-alert-circle' };
  if (!isEnabled) return { word: 'Off', tone: 'idle', icon: 'mdi-pause-circle-outline' };
  if (pausedUntil) return { word: 'Failing', tone: 'bad', icon: 'mdi-alert-circle' };
  if (!last) return { word: 'Nothing sent yet', tone: 'idle', icon: 'mdi-clock-outline' };
  if (last.error) return { word: 'Refused', tone: 'warn', icon: 'mdi-alert-outline' };
  return { word: 'Works', tone: 'good', icon: 'mdi-check-circle' };
}

export const deliveryLooks: Readonly<Record<WebhookDeliveryJson['state'], Look>> = {
  waiting: { word: 'Waiting', tone: 'busy', icon: 'mdi-clock-outline' },
  delivered: { word: 'Delivered', tone: 'good', icon: 'mdi-check-circle' },
  failed: { word: 'Given up', tone: 'bad', icon: 'mdi-alert-circle' },
};

/** `Answered 204 after 12 ms, 5 min ago.` */
export function attemptSentence({ at, durationMs, status, error }: WebhookAttemptJson, now: number): string {
  const when = relativeTime(Date.parse(at), now);
  if (error) return `${sentenceOf(error.message).replace(/\.$/, '')}, ${when}.`;
  return `It answered ${status ?? ''} after ${durationMs} ms, ${when}.`;
}

/** What it is told of, in a few words. */
export function scopeWords({ events, channels }: WebhookJson): string {
  const all = Object.keys(eventWords).length;
  const what = events.length === all ? 'Everything' : events.map((event) => eventWords[event]).join(', ');
  const where = channels.length === 0 ? 'all channels' : channels.join(', ');
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}; ${where}.`;
}

/** How it stands with what it should hear. */
export function webhookSentence(hook: WebhookJson, now: number): string {
  const { goneAt, last, waiting, failed } = hook;
  const parts = [
    goneAt ? 'The receiver said that it is gone (410), so it was switched off.' : '',
    !goneAt && last ? attemptSentence(last, now) : '',
    waiting > 0 ? `${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'}.` : '',
    failed > 0 ? `${failed} ${failed === 1 ? 'was' : 'were'} given up.` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

export function deliverySentence({ last, attempts, nextAttemptAt, state }: WebhookDeliveryJson, now: number): string {
  const parts = [
    last ? attemptSentence(last, now) : '',
    attempts > 1 ? `${attempts} attempts.` : '',
    nextAttemptAt ? nextWords(Date.parse(nextAttemptAt), now) : '',
    state === 'failed' && !last ? 'It was never sent: a day went by, or too many waited.' : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function nextWords(at: number, now: number): string {
  return at > now ? `Next try ${relativeTime(at, now)}.` : 'It waits for its turn.';
}
