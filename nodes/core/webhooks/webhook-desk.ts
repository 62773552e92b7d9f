import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Alarms } from '../alarms/alarms.ts';
import type { ArchiveEvent } from '../archive/archive.ts';
import { isNews } from '../archive/archive-message.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { JobQueue, RetryPolicy } from '../jobs/job-queue.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type {
  DeliveryState,
  KeptWebhook,
  WebhookChange,
  WebhookDelivery,
  WebhookSender,
  WebhookStore,
  Webhooks,
  WebhookView,
} from './webhook.ts';
import { mostTriedMs, newDelivery } from './webhook-delivery.ts';
import { type WebhookEvent, webhookEventOfTrouble } from './webhook-event.ts';
import { attempt, WebhookRounds } from './webhook-rounds.ts';
import { changedWebhook, hostOf } from './webhook-rules.ts';

export interface WebhookSurroundings {
  store: WebhookStore;
  sender: WebhookSender;
  jobs: JobQueue;
  alarms: Alarms;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
  /** Of an event, and of a receiver, that is tried again. */
  retry?: RetryPolicy;
}

export const mostWebhooks = 32;
/** What nobody called for: events of a process that died, of one that no longer has the webhook's job, what is due again. */
const lookEveryMs = 10_000;
const pruneEveryMs = 60_000;
/** Until the database takes an event. */
const recordAgainMs = 2000;
/** Many events of one moment are one look. */
const soonMs = 50;

/** The webhooks of the archive, their changes, and when something is to be sent. What sends is in WebhookRounds. */
export class WebhookDesk implements Webhooks {
  readonly #around: WebhookSurroundings;
  readonly #rounds: WebhookRounds;
  readonly #stop: AbortSignal;
  readonly #timers: Dispose[];
  readonly #alarmed = new Set<string>();
  readonly #troubles = new Map<string, { event: WebhookEvent; code: string | undefined }>();
  #soon: Dispose | undefined;
  #looking: Promise<void> | undefined;

  constructor(around: WebhookSurroundings, stop: AbortSignal) {
    this.#around = around;
    this.#stop = stop;
    this.#rounds = new WebhookRounds(around, stop, { most: mostWebhooks, onTurn: () => this.#lookSoon() });
    const { loop, store, clock } = around;
    this.#timers = [
      loop.every(lookEveryMs, () => this.#look()),
      loop.every(pruneEveryMs, () => this.#guard(store.prune(clock.now()))),
    ];
    this.#look();
  }

  close(): void {
    for (const dispose of this.#timers) dispose();
    this.#soon?.();
  }

  /** What happens here, or is heard of. */
  hear(event: ArchiveEvent): void {
    if (event.kind === 'trouble') {
      const told = webhookEventOfTrouble(this.#around.clock.now(), event);
      this.#troubles.set(event.name, { event: told, code: event.trouble?.code });
      this.#lookSoon();
    } else if (event.kind === 'chunk' && isNews(event.chunk, event.before)) this.#lookSoon();
  }

  async list(): Promise<WebhookView[]> {
    const kept = await this.#around.store.list();
    return await Promise.all(kept.map((one) => this.#view(one)));
  }

  async get(id: string): Promise<WebhookView> {
    return await this.#view(await this.#need(id));
  }

  async add(change: WebhookChange): Promise<WebhookView> {
    const { store, clock } = this.#around;
    const webhook = changedWebhook(randomBytes(4).toString('hex'), undefined, change, clock.now());
    if ((await store.list()).length >= mostWebhooks) {
      throw new ReelflowError('TOO_MANY_WEBHOOKS', `there are ${mostWebhooks} webhooks already`);
    }
    await store.put(webhook, { failures: 0 });
    return await this.get(webhook.id);
  }

  async change(id: string, change: WebhookChange): Promise<WebhookView> {
    const { store, clock } = this.#around;
    const { webhook: before } = await this.#need(id);
    // What was wrong with it may be right now.
    await store.put(changedWebhook(id, before, change, clock.now()), { failures: 0 });
    await store.makeDue(id, clock.now());
    this.#lookSoon();
    return await this.get(id);
  }

  async remove(id: string): Promise<void> {
    await this.#need(id);
    await this.#around.store.remove(id);
    await this.#rounds.end(id);
    this.#alarm(id, undefined);
  }

  async test(id: string): Promise<WebhookDelivery> {
    const { store, clock } = this.#around;
    const { webhook } = await this.#need(id);
    const event: WebhookEvent = { type: 'webhook.test', at: clock.now(), data: { webhook: id } };
    const delivery = newDelivery(id, event);
    const last = await attempt(webhook, delivery, this.#around, this.#stop);
    const tested: WebhookDelivery = { ...delivery, attempts: 1, last, state: last.error ? 'failed' : 'delivered' };
    await store.addDelivery(tested);
    if (!last.error) {
      await store.setHealth(id, { failures: 0, last });
      await store.makeDue(id, clock.now());
      this.#lookSoon();
    }
    return tested;
  }

  async deliveries(id: string, filter: { state?: DeliveryState; limit: number }): Promise<WebhookDelivery[]> {
    await this.#need(id);
    return await this.#around.store.deliveries(id, filter);
  }

  async sendAgain(id: string, deliveryId: string): Promise<WebhookDelivery> {
    const { store, clock } = this.#around;
    const { webhook } = await this.#need(id);
    const delivery = await store.delivery(id, deliveryId);
    if (!delivery) {
      throw new ReelflowError('DELIVERY_UNKNOWN', `there is no delivery "${deliveryId}"`, { field: 'delivery' });
    }
    if (!webhook.isEnabled) throw new ReelflowError('WEBHOOK_OFF', 'the webhook is switched off: switch it on first');
    const now = clock.now();
    const next = { ...delivery, state: 'waiting' as const, attempts: 0, nextAt: now, expiresAt: now + mostTriedMs };
    await store.settle(next);
    this.#lookSoon();
    return next;
  }

  async record(event: WebhookEvent): Promise<void> {
    for (;;) {
      this.#stop.throwIfAborted();
      try {
        await this.#around.store.record(event);
        this.#lookSoon();
        return;
      } catch (error) {
        this.#around.log.debug(`webhooks: ${toReelflowError(error).message}`);
        // Its end is told above.
        await delay(recordAgainMs, undefined, { signal: this.#stop }).catch(() => {});
      }
    }
  }

  onAttempt(listener: (attempt: { webhookId: string; isDelivered: boolean }) => void): Dispose {
    return this.#rounds.onAttempt(listener);
  }

  #lookSoon(): void {
    if (this.#soon || this.#stop.aborted) return;
    const timer = setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, soonMs);
    this.#soon = () => clearTimeout(timer);
  }

  /** Sees to it that whatever is due is sent, by this process or by another. */
  #look(): void {
    if (this.#stop.aborted) return;
    if (this.#looking) {
      this.#lookSoon();
      return;
    }
    this.#looking = this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    this.#guard(this.#looking);
  }

  async #lookNow(): Promise<void> {
    await this.#recordTroubles();
    const { store, clock } = this.#around;
    const kept = await store.list();
    for (const { webhook, health } of kept) {
      const { id, isEnabled } = webhook;
      this.#alarm(id, alarmOf({ webhook, health }));
      const now = clock.now();
      if (!isEnabled || this.#rounds.isPaused(health, now)) continue;
      if ((await store.due(id, { now, limit: 1 })).length > 0) await this.#rounds.begin(id);
    }
    for (const id of this.#alarmed) if (!kept.some(({ webhook }) => webhook.id === id)) this.#alarm(id, undefined);
  }

  /** Kept until the database has taken them. */
  async #recordTroubles(): Promise<void> {
    for (const [name, told] of this.#troubles) {
      await this.#around.store.recordTrouble(told.event, told.code);
      if (this.#troubles.get(name) === told) this.#troubles.delete(name);
    }
  }

  #alarm(id: string, alarm: { code: string; message: string } | undefined): void {
    const { alarms } = this.#around;
    if (alarm) {
      this.#alarmed.add(id);
      alarms.raise(`webhook:${id}`, { severity: 'warning', ...alarm });
    } else if (this.#alarmed.delete(id)) alarms.clear(`webhook:${id}`);
  }

  async #view(kept: KeptWebhook): Promise<WebhookView> {
    const { waiting, failed } = await this.#around.store.counts(kept.webhook.id);
    return { ...kept, waiting, failed };
  }

  async #need(id: string): Promise<KeptWebhook> {
    const kept = await this.#around.store.get(id);
    if (kept) return kept;
    throw new ReelflowError('WEBHOOK_UNKNOWN', `there is no webhook "${id}"`, { field: 'id' });
  }

  /** A database that is away is said by whoever can not do without it. */
  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stop.aborted) this.#around.log.debug(`webhooks: ${toReelflowError(error).message}`);
    });
  }
}

function alarmOf({ webhook, health }: KeptWebhook): { code: string; message: string } | undefined {
  const host = hostOf(webhook);
  if (health.goneAt !== undefined) {
    return { code: 'WEBHOOK_GONE', message: `webhook ${host}: it answered 410 (gone), and was switched off` };
  }
  if (!webhook.isEnabled || health.pausedUntil === undefined) return undefined;
  return {
    code: 'WEBHOOK_FAILING',
    message: `webhook ${host}: ${health.last?.error?.message ?? 'it does not answer'}`,
  };
}
