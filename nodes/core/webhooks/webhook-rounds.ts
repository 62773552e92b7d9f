import { toReelflowError } from '../errors.ts';
import { JobPostponed } from '../jobs/job-pause.ts';
import type { Job, RetryPolicy } from '../jobs/job-queue.ts';
import { retryDelayMs } from '../jobs/retry-delay.ts';
import type { Dispose } from '../time/clock.ts';
import type { KeptWebhook, Webhook, WebhookAttempt, WebhookDelivery, WebhookHealth } from './webhook.ts';
import type { WebhookSurroundings } from './webhook-desk.ts';
import { hostOf } from './webhook-rules.ts';
import { signWebhook } from './webhook-signature.ts';

interface Order {
  webhookId: string;
}

type Around = Pick<WebhookSurroundings, 'store' | 'sender' | 'jobs' | 'clock' | 'log' | 'retry'>;

/** Its jobs stand for as long as there are webhooks, most of the time without work. */
export const webhookQueue = 'archive-webhook';
/** Of one event that the receiver does not take. */
const ofEvent: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 5000, maxDelayMs: 3600_000 };
/** Of a receiver that takes nothing: one event finds out whether it is back, then all go. */
const ofReceiver: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 5000, maxDelayMs: 60_000 };
const failuresUntilPause = 5;
/** Our own faults, and a database that is away. */
const ofJob: RetryPolicy = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 2000, maxDelayMs: 60_000 };
/** To one receiver. */
const atOnce = 4;
/** A webhook without work looks after itself so often; whoever has something for it says so. */
const idleMs = 3600_000;
const answerWithinMs = 10_000;
/** HTTP 410: the receiver wants no more. */
const gone = 410;
/** A clock that was set back: no pause is that long. */
const farthestMs = 2 * ofReceiver.maxDelayMs;

/**
 * Sends what waits. Each webhook has one job in the queue for as long as there is the webhook, so that one process has it,
 * another one takes it when that one dies, and a receiver that hangs holds up nobody but itself.
 */
export class WebhookRounds {
  readonly #around: Around;
  readonly #onTurn: () => void;
  /** Something came while it was on its round, perhaps after the last look. */
  readonly #again = new Set<string>();
  readonly #listeners = new Set<(attempt: { webhookId: string; isDelivered: boolean }) => void>();

  /** @param options.onTurn a receiver takes nothing any more, or takes messages again */
  constructor(around: Around, stop: AbortSignal, { most, onTurn }: { most: number; onTurn: () => void }) {
    this.#around = around;
    this.#onTurn = onTurn;
    around.jobs.work<Order>(
      webhookQueue,
      { concurrency: most, retry: ofJob, stop, longestPauseMs: 2 * idleMs },
      (job, abort) => this.#run(job, abort),
    );
  }

  /** There is something for it. */
  async begin(webhookId: string): Promise<void> {
    const { jobs, clock } = this.#around;
    const order: Order = { webhookId };
    const job = await jobs.add(webhookQueue, webhookId, order);
    if (job.state === 'active') this.#again.add(webhookId);
    if (job.state === 'retrying' && job.runAt > clock.now()) await jobs.retry(job.id);
  }

  /** The webhook is no more. */
  async end(webhookId: string): Promise<void> {
    const { jobs } = this.#around;
    const job = await jobs.find(webhookQueue, webhookId);
    if (job) await jobs.cancel(job.id);
  }

  /** Whether nothing may be sent now. */
  isPaused({ pausedUntil = 0 }: WebhookHealth, now: number): boolean {
    return pausedUntil > now && pausedUntil < now + farthestMs;
  }

  onAttempt(listener: (attempt: { webhookId: string; isDelivered: boolean }) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #run({ data: { webhookId } }: Job<Order>, abort: AbortSignal): Promise<void> {
    const { store, clock } = this.#around;
    for (;;) {
      abort.throwIfAborted();
      const kept = await store.get(webhookId);
      if (!kept) return;
      const now = clock.now();
      if (!kept.webhook.isEnabled) throw new JobPostponed('WEBHOOK_OFF', 'it is switched off', now + idleMs);
      const { health } = kept;
      if (this.#isFailing(health)) {
        if (this.isPaused(health, now)) {
          throw new JobPostponed('WEBHOOK_PAUSED', 'the receiver takes nothing', health.pausedUntil ?? now);
        }
        const probe = await store.probe(webhookId);
        if (!probe) throw new JobPostponed('WEBHOOK_IDLE', 'nothing waits', now + idleMs);
        await this.#send(kept, [probe], abort);
        continue;
      }
      const due = await store.due(webhookId, { now, limit: atOnce });
      if (due.length === 0) {
        if (this.#again.delete(webhookId)) continue;
        const next = (await store.nextAt(webhookId)) ?? now + idleMs;
        throw new JobPostponed('WEBHOOK_IDLE', 'nothing is due', Math.min(next, now + idleMs));
      }
      await this.#send(kept, due, abort);
    }
  }

  #isFailing({ failures }: WebhookHealth): boolean {
    return failures >= failuresUntilPause;
  }

  async #send(
    { webhook, health }: KeptWebhook,
    deliveries: readonly WebhookDelivery[],
    abort: AbortSignal,
  ): Promise<void> {
    const { store, clock, retry } = this.#around;
    const attempts = await Promise.all(
      deliveries.map(async (delivery) => {
        const last = await attempt(webhook, delivery, this.#around, abort);
        // It may have been taken all the same: then it comes twice, with the same id.
        abort.throwIfAborted();
        await store.settle(settled(delivery, last, clock.now(), retry));
        for (const listener of this.#listeners) listener({ webhookId: webhook.id, isDelivered: !last.error });
        return last;
      }),
    );
    // Who says that it is gone has the last word.
    attempts.sort((a, b) => Number(a.status === gone) - Number(b.status === gone));
    const next = attempts.reduce((before, last) => nextHealth(before, last, clock.now(), retry), health);
    await this.#note({ webhook, health }, next);
  }

  async #note({ webhook, health: before }: KeptWebhook, health: WebhookHealth): Promise<void> {
    const { store, clock, log } = this.#around;
    const { id } = webhook;
    const host = hostOf(webhook);
    // It may have been changed, and its troubles forgotten, while we waited for the answer.
    const current = await store.get(id);
    if (current?.webhook.updatedAt !== webhook.updatedAt) return;
    if (health.goneAt !== undefined) {
      await store.put({ ...webhook, isEnabled: false }, health);
      log.warn(`webhook ${host}: it answered 410 (gone), and is switched off`);
      this.#onTurn();
      return;
    }
    await store.setHealth(id, health);
    if (this.#isFailing(health) === this.#isFailing(before)) return;
    if (this.#isFailing(health)) {
      log.warn(`webhook ${host}: ${health.last?.error?.message ?? ''}; what is told waits for up to a day`);
    } else {
      log.info(`webhook ${host}: it takes messages again`);
      await store.makeDue(id, clock.now());
    }
    this.#onTurn();
  }
}

/** Sends it once. Never rejects. */
export async function attempt(
  { url, secret }: Webhook,
  { id, body }: WebhookDelivery,
  { sender, clock }: Pick<Around, 'sender' | 'clock'>,
  abort: AbortSignal,
): Promise<WebhookAttempt> {
  const at = clock.now();
  const begun = clock.monotonicMs();
  const took = (): number => Math.round(clock.monotonicMs() - begun);
  const headers = { 'content-type': 'application/json', ...signWebhook(secret, id, at, body) };
  try {
    const limit = AbortSignal.any([abort, AbortSignal.timeout(answerWithinMs)]);
    const status = await sender.post(url, headers, body, limit);
    if (status >= 200 && status < 300) return { at, durationMs: took(), status };
    const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : '';
    return {
      ...{ at, durationMs: took(), status },
      error: { code: 'WEBHOOK_REFUSED', message: `it answered ${status}${redirected}` },
    };
  } catch (error) {
    const { code, message } = toReelflowError(error);
    return { at, durationMs: took(), error: { code, message } };
  }
}

function settled(
  delivery: WebhookDelivery,
  last: WebhookAttempt,
  now: number,
  retry: RetryPolicy = ofEvent,
): WebhookDelivery {
  const attempts = delivery.attempts + 1;
  const tried = { ...delivery, attempts, last };
  if (!last.error) return { ...tried, state: 'delivered' };
  if (now >= delivery.expiresAt) return { ...tried, state: 'failed' };
  const nextAt = now + retryDelayMs(retry, attempts, Math.random());
  return { ...tried, nextAt: Math.min(nextAt, delivery.expiresAt) };
}

function nextHealth(
  health: WebhookHealth,
  last: WebhookAttempt,
  now: number,
  retry: RetryPolicy = ofReceiver,
): WebhookHealth {
  if (!last.error) return { failures: 0, last };
  if (last.status === gone) return { failures: health.failures + 1, last, goneAt: now };
  const failures = health.failures + 1;
  const beyond = failures - failuresUntilPause + 1;
  const pausedUntil = beyond > 0 ? now + retryDelayMs(retry, beyond, Math.random()) : undefined;
  return { failures, last, ...(pausedUntil === undefined ? {} : { pausedUntil }) };
}
