import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { WebhookDelivery } from '../../../nodes/core/webhooks/webhook.ts';
import type { WebhookEvent } from '../../../nodes/core/webhooks/webhook-event.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { until } from '../../fixtures/until.ts';
import { isSignedBy, WebhookReceiver } from '../../fixtures/webhook-receiver.ts';
import { ArchiveBench } from '../archive/fixtures/archive-bench.ts';

/** An archive without channels, and who is told. */
async function webhookBench(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-webhooks-'));
  const receiver = await WebhookReceiver.open();
  const bench = await new ArchiveBench(folder).boot();
  t.after(async () => {
    await bench.shut();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { bench, receiver };
}

let count = 0;

function clipOf(channel = 'news'): WebhookEvent {
  return { type: 'clip.completed', channel, at: Date.now(), data: { id: `c${++count}`, channel } };
}

async function ended(bench: ArchiveBench, id: string, state: WebhookDelivery['state'], number = 1) {
  const what = `${number} deliveries ${state}`;
  return await until(
    async () => {
      const found = await bench.archive.webhooks.deliveries(id, { state, limit: 50_000 });
      return found.length >= number && found;
    },
    { what, timeoutMs: 30_000 },
  );
}

describe('webhooks', { concurrency: 6 }, () => {
  test('a receiver gets what it wants to hear, of the channels it wants, signed as Standard Webhooks says', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const { webhooks } = bench.archive;
    const { webhook } = await webhooks.add({ url: receiver.url, events: ['clip.completed'], channels: ['news'] });
    await webhooks.record(clipOf('sports'));
    await webhooks.record({ ...clipOf(), type: 'clip.failed' });
    const event = clipOf();
    await webhooks.record(event);
    const [delivery] = await ended(bench, webhook.id, 'delivered');
    const [first, ...others] = receiver.received;
    assert.ok(first && others.length === 0);
    assert.deepEqual(first.body, {
      type: 'clip.completed',
      timestamp: new Date(event.at).toISOString(),
      data: event.data,
    });
    assert.equal(first.headers['content-type'], 'application/json');
    assert.equal(first.headers['webhook-id'], delivery?.id);
    assert.equal(await isSignedBy(webhook.secret, first), true);
    assert.equal(await isSignedBy(webhook.secret, { ...first, text: first.text.replace('news', 'nws') }), false);
    assert.deepEqual([delivery?.attempts, delivery?.last?.status], [1, 204]);
  });

  test('what is refused is sent again under the same id until it is taken, and holds up nothing else', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const { webhooks } = bench.archive;
    const { webhook } = await webhooks.add({ url: receiver.url });
    const [bad, good] = [clipOf(), clipOf()];
    let refusals = 4;
    receiver.answer = (response, { body }) => {
      const isBad = body.data['id'] === (bad.data as { id: string }).id && refusals-- > 0;
      response.writeHead(isBad ? 500 : 200).end('x'.repeat(100));
    };
    await webhooks.record(bad);
    await webhooks.record(good);
    const delivered = await ended(bench, webhook.id, 'delivered', 2);
    const tries = receiver.received.filter(({ text }) => text.includes(JSON.stringify(bad.data)));
    assert.equal(tries.length, 5);
    assert.equal(new Set(tries.map(({ headers }) => headers['webhook-id'])).size, 1);
    for (const one of tries) assert.equal(await isSignedBy(webhook.secret, one), true);
    assert.deepEqual(new Set(delivered.map(({ attempts }) => attempts)), new Set([1, 5]));
  });

  test('a receiver that hangs is given ten seconds, and delays no other', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const other = await WebhookReceiver.open();
    t.after(() => other.close());
    const { webhooks } = bench.archive;
    let isGivenUp = false;
    receiver.answer = (response) => {
      if (isGivenUp) response.writeHead(200).end();
      response.on('close', () => {
        isGivenUp = true;
      });
    };
    const slow = await webhooks.add({ url: receiver.url });
    const quick = await webhooks.add({ url: other.url });
    const tested = webhooks.test(slow.webhook.id);
    for (let sent = 0; sent < 10; sent++) await webhooks.record(clipOf());
    await ended(bench, quick.webhook.id, 'delivered', 10);
    assert.equal((await webhooks.get(slow.webhook.id)).waiting, 10);
    const { last } = await tested;
    assert.equal(last?.error?.code, 'WEBHOOK_TIMEOUT');
    assert.ok((last?.durationMs ?? 0) >= 9900, `${last?.durationMs} ms`);
    await ended(bench, slow.webhook.id, 'delivered', 10);
  });

  test('redirects are not followed, an endless answer is not read, nobody at home is said; the alarm ends', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const trap = await WebhookReceiver.open();
    t.after(() => trap.close());
    const { webhooks } = bench.archive;
    const alarms = () => bench.alarms.list().map(({ code }) => code);
    receiver.answer = (response) => response.writeHead(302, { location: trap.url }).end();
    const { webhook } = await webhooks.add({ url: receiver.url });
    await webhooks.record(clipOf());
    await until(() => alarms().includes('WEBHOOK_FAILING'), { what: 'the alarm', timeoutMs: 30_000 });
    const { health } = await webhooks.get(webhook.id);
    assert.match(health.last?.error?.message ?? '', /answered 302; redirects are not followed/);
    assert.equal(trap.received.length, 0);

    await receiver.goAway();
    const heard = async () => (await webhooks.get(webhook.id)).health.last?.error?.code === 'WEBHOOK_UNREACHABLE';
    await until(heard, { what: 'the refused connection', timeoutMs: 30_000 });
    let written = 0;
    let isCutOff = false;
    receiver.answer = (response) => {
      response.writeHead(200);
      response.on('close', () => {
        isCutOff = true;
      });
      const write = (): void => {
        if (response.destroyed) return;
        written += 64 * 1024;
        response.write(Buffer.alloc(64 * 1024), () => setImmediate(write));
      };
      write();
    };
    await receiver.comeBack();
    await ended(bench, webhook.id, 'delivered');
    await until(() => isCutOff, { what: 'the answer to be let go' });
    assert.ok(written < 20 * 1024 * 1024, `${written} bytes`);
    await until(() => !alarms().includes('WEBHOOK_FAILING'), { what: 'the alarm to end', timeoutMs: 30_000 });
  });

  test('a receiver that is away gets all when it is back; what was given up can be sent again', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const { webhooks } = bench.archive;
    const { webhook } = await webhooks.add({ url: receiver.url });
    await receiver.goAway();
    for (let sent = 0; sent < 40; sent++) await webhooks.record(clipOf());
    await until(async () => (await webhooks.get(webhook.id)).health.pausedUntil, {
      what: 'a pause',
      timeoutMs: 30_000,
    });
    await receiver.comeBack();
    const [one] = await ended(bench, webhook.id, 'delivered', 40);
    assert.equal(new Set(receiver.received.map(({ text }) => text)).size, 40);
    await webhooks.sendAgain(webhook.id, one?.id ?? '');
    const again = () => receiver.received.filter(({ headers }) => headers['webhook-id'] === one?.id);
    await until(() => again().length === 2, { what: 'the same again' });
    await assert.rejects(webhooks.sendAgain(webhook.id, 'msg_none'), { code: 'DELIVERY_UNKNOWN' });
  });

  test('410 switches it off, with the reason; switched on again it gets what waited', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const { webhooks } = bench.archive;
    receiver.answer = (response) => response.writeHead(410).end();
    const { webhook } = await webhooks.add({ url: receiver.url });
    await webhooks.record(clipOf());
    const view = await until(
      async () => {
        const now = await webhooks.get(webhook.id);
        return !now.webhook.isEnabled && now;
      },
      { what: 'it to be switched off' },
    );
    assert.ok(view.health.goneAt);
    await until(() => bench.alarms.list().some(({ code }) => code === 'WEBHOOK_GONE'), {
      what: 'the alarm',
      timeoutMs: 15_000,
    });
    await webhooks.record(clipOf());
    assert.equal((await webhooks.get(webhook.id)).waiting, 1, 'nothing new while it is off');
    await assert.rejects(webhooks.sendAgain(webhook.id, 'x'), { code: 'DELIVERY_UNKNOWN' });
    receiver.answer = (response) => response.writeHead(200).end();
    await webhooks.change(webhook.id, { isEnabled: true });
    await ended(bench, webhook.id, 'delivered');
    await until(() => bench.alarms.list().length === 0, { what: 'the alarm to end' });
  });

  test('a test is sent at once and says what came of it; what is wrong is refused by its field', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    const { webhooks } = bench.archive;
    const { webhook } = await webhooks.add({ url: receiver.url.replace('//', '//eva:p%40ss@') });
    const tested = await webhooks.test(webhook.id);
    assert.deepEqual([tested.state, tested.last?.status], ['delivered', 204]);
    assert.equal(receiver.received[0]?.headers.authorization, `Basic ${btoa('eva:p@ss')}`);
    assert.equal(receiver.received[0]?.body.type, 'webhook.test');
    await webhooks.change(webhook.id, { url: `http://127.0.0.1:${await freePort()}/` });
    const failed = await webhooks.test(webhook.id);
    assert.deepEqual([failed.state, failed.last?.error?.code], ['failed', 'WEBHOOK_UNREACHABLE']);

    const refused = async (change: object, field: string) => {
      await assert.rejects(webhooks.add({ url: receiver.url, ...change }), { code: 'WEBHOOK_INVALID', field });
    };
    await refused({ url: '' }, 'url');
    await refused({ url: 'ftp://host/x' }, 'url');
    await refused({ url: 'https://host/?token=***' }, 'url');
    await refused({ url: `https://host/${'x'.repeat(2100)}` }, 'url');
    await refused({ secret: 'short' }, 'secret');
    await refused({ secret: 'whsec_c2hvcnQ=' }, 'secret');
    await refused({ events: [] }, 'events');
    await assert.rejects(webhooks.get('nobody'), { code: 'WEBHOOK_UNKNOWN', field: 'id' });
    assert.equal((await webhooks.list()).length, 1);
    await webhooks.remove(webhook.id);
    assert.deepEqual(await webhooks.list(), []);
  });

  test('what waits outlives a restart', async (t) => {
    const { bench, receiver } = await webhookBench(t);
    await receiver.goAway();
    const { webhook } = await bench.archive.webhooks.add({ url: receiver.url });
    await bench.archive.webhooks.record(clipOf());
    await bench.shut();
    await receiver.comeBack();
    await bench.boot();
    await ended(bench, webhook.id, 'delivered');
    assert.equal(receiver.received.length, 1);
  });
});
