import type { ArchiveEvent } from '../archive/archive.ts';
import { channelEventOf, chunkEventOf } from '../archive/archive-message.ts';
import type { Chunk } from '../archive/chunk.ts';
import type { ClipEvent } from '../clips/clip.ts';
import { clipEventOf } from '../clips/clip-message.ts';
import type { Webhook } from './webhook.ts';

/** What a webhook can be told of. */
export const webhookEventTypes = [
  'chunk.stored',
  'chunk.partial',
  'chunk.missing',
  'channel.trouble',
  'channel.recovered',
  'clip.completed',
  'clip.failed',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

/** An event as it is told. */
export interface WebhookEvent {
  type: WebhookEventType | 'webhook.test';
  /** Absent: a test. */
  channel?: string;
  /** Epoch ms. */
  at: number;
  /** As on MQTT. */
  data: object;
}

/** A chunk of a day that is full of holes would make a message of megabytes; the rest is at `/api/v1/channels/{name}/gaps`. */
const mostHoles = 100;

/** What is told of a chunk that has changed; undefined where there is no news. */
export function webhookEventOfChunk(chunk: Chunk, before: Chunk | undefined): WebhookEvent | undefined {
  const at = Math.max(chunk.updatedAt, chunk.storedAt ?? 0);
  const message = chunkEventOf(at, chunk, before);
  if (!message) return undefined;
  const whole = message.isPartial ? 'chunk.partial' : 'chunk.stored';
  const left = message.holes.length - mostHoles;
  return {
    type: message.state === 'missing' ? 'chunk.missing' : whole,
    channel: message.channel,
    at,
    data: { ...message, holes: message.holes.slice(0, mostHoles), ...(left > 0 ? { holesLeftOut: left } : {}) },
  };
}

export function webhookEventOfTrouble(
  at: number,
  { name, trouble }: Extract<ArchiveEvent, { kind: 'trouble' }>,
): WebhookEvent {
  const type = trouble ? 'channel.trouble' : 'channel.recovered';
  return { type, channel: name, at, data: channelEventOf(at, name, trouble) };
}

/** Undefined where nobody is told: it was ordered, or deleted. */
export function webhookEventOfClip(at: number, event: ClipEvent): WebhookEvent | undefined {
  if (event.state !== 'completed' && event.state !== 'failed') return undefined;
  return { type: `clip.${event.state}`, channel: event.clip.job.data.channel, at, data: clipEventOf(at, event) };
}

/** The body of the request. */
export function webhookBody({ type, at, data }: WebhookEvent): string {
  return JSON.stringify({ type, timestamp: new Date(Math.round(at)).toISOString(), data });
}

export function wants({ isEnabled, events, channels }: Webhook, { type, channel }: WebhookEvent): boolean {
  if (!isEnabled || !events.some((one) => one === type)) return false;
  return channel === undefined || channels.length === 0 || channels.includes(channel);
}
