import type { Dispose } from '../time/clock.ts';
import type { WebhookEvent, WebhookEventType } from './webhook-event.ts';

/** An address of somebody else's that is told what happens to the archive. */
export interface Webhook {
  id: string;
  /** http or https. May hold a login, or a token in its query. */
  url: string;
  /** `whsec_` and base64: what its messages are signed with. */
  secret: string;
  /** What it is told of; at least one. */
  events: WebhookEventType[];
  /** Names of channels; empty: all. */
  channels: string[];
  isEnabled: boolean;
  createdAt: number;
  updatedAt: number;
}

/** What may be said of a webhook; what is left out gets its default, or stays as it is. */
export type WebhookChange = Partial<Pick<Webhook, 'url' | 'secret' | 'events' | 'channels' | 'isEnabled'>>;

/** One try to send something. */
export interface WebhookAttempt {
  at: number;
  durationMs: number;
  /** Of HTTP, when there was an answer. */
  status?: number;
  /** Absent: it was taken. */
  error?: { code: string; message: string };
}

/** How a webhook is doing. */
export interface WebhookHealth {
  /** Attempts that failed, one after the other, whatever they sent. */
  failures: number;
  /** Nothing is sent before. */
  pausedUntil?: number;
  last?: WebhookAttempt;
  /** The receiver said that it is gone, and the webhook was switched off. */
  goneAt?: number;
}

export const deliveryStates = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One event on its way to one webhook. */
export interface WebhookDelivery {
  /** Also `webhook-id`: the same for each attempt. */
  id: string;
  webhookId: string;
  type: WebhookEvent['type'];
  /** Absent: a test. */
  channel?: string;
  /** The JSON that is sent, to the byte. */
  body: string;
  state: DeliveryState;
  attempts: number;
  createdAt: number;
  /** When it is tried next. */
  nextAt: number;
  /** Given up then. */
  expiresAt: number;
  last?: WebhookAttempt;
}

/** A webhook as it is kept. */
export interface KeptWebhook {
  webhook: Webhook;
  health: WebhookHealth;
}

export interface WebhookView extends KeptWebhook {
  /** Events that are on their way. */
  waiting: number;
  /** Events that were given up. */
  failed: number;
}

/** Port: webhooks and what is on its way to them, shared by all who share the archive. Rejects with DATABASE_UNAVAILABLE. */
export interface WebhookStore {
  list(): Promise<KeptWebhook[]>;
  get(id: string): Promise<KeptWebhook | undefined>;
  put(webhook: Webhook, health: WebhookHealth): Promise<void>;
  /** With all that waits for it. */
  remove(id: string): Promise<void>;
  setHealth(id: string, health: WebhookHealth): Promise<void>;
  /** One delivery for each webhook that wants to hear of it. Events of chunks come with the chunk itself: see ChunkIndex.put(). */
  record(event: WebhookEvent): Promise<void>;
  /** The same, unless the channel was in that trouble already; no code: it is in none. */
  recordTrouble(event: WebhookEvent, code: string | undefined): Promise<void>;
  addDelivery(delivery: WebhookDelivery): Promise<void>;
  /** As it is now; does nothing when the webhook is gone. */
  settle(delivery: WebhookDelivery): Promise<void>;
  /** Those that are to be sent, the one that waits longest first. */
  due(id: string, options: { now: number; limit: number }): Promise<WebhookDelivery[]>;
  /** Any that waits, least tried first: to find out whether a receiver is back. */
  probe(id: string): Promise<WebhookDelivery | undefined>;
  /** When the next one is to be sent. */
  nextAt(id: string): Promise<number | undefined>;
  /** All that wait are due now. */
  makeDue(id: string, now: number): Promise<void>;
  /** Newest first. */
  deliveries(id: string, filter: { state?: DeliveryState; limit: number }): Promise<WebhookDelivery[]>;
  delivery(id: string, deliveryId: string): Promise<WebhookDelivery | undefined>;
  counts(id: string): Promise<Record<DeliveryState, number>>;
  /** Gives up what waits for too long or is too much, and forgets what is over. */
  prune(now: number): Promise<void>;
}

/** Port: one HTTP POST. Rejects with WEBHOOK_UNREACHABLE or WEBHOOK_TIMEOUT; no message names more of the address than its host. */
export interface WebhookSender {
  /** Answers with the status. Redirects are not followed, what the receiver says beside it is not read. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string, abort: AbortSignal): Promise<number>;
}

/** The webhooks of the archive. Methods reject with DATABASE_UNAVAILABLE, and with WEBHOOK_UNKNOWN where they take an id. */
export interface Webhooks {
  list(): Promise<WebhookView[]>;
  get(id: string): Promise<WebhookView>;
  /** Rejects with WEBHOOK_INVALID naming the field, TOO_MANY_WEBHOOKS. */
  add(change: WebhookChange): Promise<WebhookView>;
  change(id: string, change: WebhookChange): Promise<WebhookView>;
  remove(id: string): Promise<void>;
  /** Sends a message of type `webhook.test` at once, and once; answers with what came of it. */
  test(id: string): Promise<WebhookDelivery>;
  deliveries(id: string, filter: { state?: DeliveryState; limit: number }): Promise<WebhookDelivery[]>;
  /** Sends one again, delivered or not, for a day. Rejects with DELIVERY_UNKNOWN, WEBHOOK_OFF. */
  sendAgain(id: string, deliveryId: string): Promise<WebhookDelivery>;
  /** Makes sure that an event of this process is told. Settles when it is kept. */
  record(event: WebhookEvent): Promise<void>;
  onAttempt(listener: (attempt: { webhookId: string; isDelivered: boolean }) => void): Dispose;
}
