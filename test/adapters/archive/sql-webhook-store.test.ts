import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SqlChunkIndex } from '../../../nodes/adapters/archive/database/sql-chunk-index.ts';
import { SqlWebhookStore } from '../../../nodes/adapters/archive/database/sql-webhook-store.ts';
import type { Chunk } from '../../../nodes/core/archive/chunk.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';
import type { Webhook, WebhookDelivery } from '../../../nodes/core/webhooks/webhook.ts';
import { newDelivery } from '../../../nodes/core/webhooks/webhook-delivery.ts';
import { type WebhookEvent, webhookEventTypes } from '../../../nodes/core/webhooks/webhook-event.ts';
import { archiveDatabases } from './fixtures/archive-databases.ts';

const day = 24 * 3600_000;
const webhook: Webhook = {
  ...{ id: 'a', url: 'http://host/', secret: 'whsec_x', channels: [], isEnabled: true, createdAt: 0, updatedAt: 0 },
  events: [...webhookEventTypes],
};

function eventAt(at: number, type: WebhookEvent['type'] = 'clip.failed'): WebhookEvent {
  return { type, channel: 'news', at, data: { at } };
}

for (const [name, open] of Object.entries(archiveDatabases)) {
  const openStore = async (t: TestContext) => {
    const database = await open(t);
    t.after(() => database.destroy());
    const store = new SqlWebhookStore(database);
    await store.put(webhook, { failures: 0 });
    const all = (state: WebhookDelivery['state']) => store.deliveries('a', { state, limit: 20_000 });
    return { database, store, all };
  };

  test(`${name}: a chunk and the word of it are one: both are there, or neither; the same is not told twice`, async (t) => {
    const { database, all, store } = await openStore(t);
    await store.put({ ...webhook, id: 'b', channels: ['other'] }, { failures: 0 });
    const index = new SqlChunkIndex(database);
    const chunk: Chunk = { ...emptyChunk('news', { startMs: 0, endMs: 4000 }, 5), state: 'complete', revision: 1 };
    let before: Chunk | undefined;
    const put = async (next: Chunk): Promise<void> => {
      assert.equal(await index.replace(before, next), true);
      before = next;
    };
    await put({ ...chunk, state: 'capturing' });
    await put(chunk);
    await put({ ...chunk, verifiedAt: 9 });
    // Segments twice under one key: the transaction fails at its end.
    const broken = [{ track: 'main' }, { track: undefined as never }] as never;
    await assert.rejects(index.replace(before, { ...chunk, revision: 2 }, broken));
    assert.equal(
      await index.replace(chunk, { ...chunk, revision: 2 }),
      false,
      'nothing is told of what is not written',
    );
    await put({ ...chunk, revision: 3, isPartial: true });
    await put({ ...chunk, state: 'missing', reason: { code: 'OBJECT_MISSING', message: 'gone' } });
    const types = (await all('waiting')).map(({ type }) => type).sort();
    assert.deepEqual(types, ['chunk.missing', 'chunk.partial', 'chunk.stored']);
    assert.equal((await store.deliveries('b', { limit: 9 })).length, 0, 'of another channel');
  });

  test(`${name}: trouble of a source is told once, by whoever sees it first`, async (t) => {
    const { all, store } = await openStore(t);
    const trouble = (code?: string) =>
      store.recordTrouble(eventAt(1, code === undefined ? 'channel.recovered' : 'channel.trouble'), code);
    await trouble();
    assert.equal((await all('waiting')).length, 0, 'nothing was wrong');
    await Promise.all([trouble('AWAY'), trouble('AWAY'), trouble('AWAY')]);
    assert.equal((await all('waiting')).length, 1);
    await trouble('REFUSED');
    await Promise.all([trouble(), trouble()]);
    assert.equal((await all('waiting')).length, 3);
  });

  test(`${name}: what waits is bounded in number and time, what is over is forgotten, failed longer than delivered`, async (t) => {
    const { database, store, all } = await openStore(t);
    const now = 10 * day;
    const add = async (count: number, more: (number: number) => Partial<WebhookDelivery>) => {
      for (let from = 0; from < count; from += 500) {
        const some = Array.from({ length: Math.min(500, count - from) }, (_, index) => ({
          ...newDelivery('a', eventAt(now - count + from + index)),
          ...more(from + index),
        }));
        await database.transaction().execute(async (transaction) => {
          const within = new SqlWebhookStore(transaction);
          for (const one of some) await within.addDelivery(one);
        });
      }
    };
    await add(3, () => ({ createdAt: now - day - 5, nextAt: now, expiresAt: now - 5 }));
    await store.prune(now);
    assert.deepEqual([(await all('failed')).length, (await all('waiting')).length], [3, 0], 'a day is over');
    await add(10_020, () => ({}));
    await add(230, () => ({ state: 'delivered' }));
    await add(1010, () => ({ state: 'failed' }));
    await store.prune(now);
    const waiting = await all('waiting');
    assert.equal(waiting.length, 10_000);
    assert.equal(waiting[0]?.createdAt, now - 1, 'the newest are kept');
    assert.deepEqual([(await all('delivered')).length, (await all('failed')).length], [200, 1000]);
    await store.remove('a');
    assert.deepEqual(await store.counts('a'), { waiting: 0, delivered: 0, failed: 0 });
  });
}
