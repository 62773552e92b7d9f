import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { channelEventMessage, chunkEventMessage } from '../../../nodes/core/archive/archive-message.ts';
import { LiveHls } from '../../fixtures/live-hls.ts';
import { writePastHls } from '../../fixtures/past-hls.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { until } from '../../fixtures/until.ts';
import { isSignedBy, WebhookReceiver } from '../../fixtures/webhook-receiver.ts';
import { ArchiveBench } from '../archive/fixtures/archive-bench.ts';

const chunkMs = 4000;
const patience = 60_000;
let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** A source with the last minute but four seconds of chunk three, a receiver, and archives of the given names on one database. */
async function eventBench(t: TestContext, roles: Record<string, 'station' | 'worker' | 'alone'>) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-webhook-events-'));
  const receiver = await WebhookReceiver.open();
  const live = await LiveHls.serve(join(folder, 'hls'));
  const startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(live.folder, { startMs, seconds: 16, without: [9] });
  const isShared = !Object.values(roles).includes('alone');
  const url = isShared ? await postgres.createDatabase('hooks', 'p@ss/word') : '';
  await mkdir(join(folder, 'archive'));
  const benches: ArchiveBench[] = [];
  for (const [name, role] of Object.entries(roles)) {
    const own = join(folder, name);
    await mkdir(own);
    await symlink(join(folder, 'archive'), join(own, 'archive'));
    const sharing = isShared ? { url, name, isWorker: role === 'worker' } : undefined;
    benches.push(await new ArchiveBench(own, undefined, sharing).boot());
  }
  t.after(async () => {
    await Promise.all(benches.map((bench) => bench.shut()));
    await live.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });
  const [first, ...others] = benches;
  assert.ok(first);
  /** What was told of a kind of thing, each event once, in the order of their times. */
  const told = (kind: RegExp) => {
    const events = receiver.received.filter(({ body }) => kind.test(body.type));
    const ids = new Map(events.map((event) => [event.headers['webhook-id'], event]));
    return [...ids.values()].sort((a, b) => a.body.timestamp.localeCompare(b.body.timestamp));
  };
  return { first, others, receiver, live, told, startMs };
}

test('chunks are told as on MQTT, whole or with their holes; a source that goes and comes back, over a restart too', async (t) => {
  const { first: bench, receiver, live, told, startMs } = await eventBench(t, { alone: 'alone' });
  const { webhook } = await bench.archive.webhooks.add({ url: receiver.url });
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  await until(() => told(/^chunk\.(stored|partial)$/).length >= 4, { what: 'four chunks', timeoutMs: patience });
  const chunks = told(/^chunk\.(stored|partial)$/).map(({ body }) => ({
    type: body.type,
    ...chunkEventMessage.parse(body.data),
  }));
  const types = new Map(chunks.map(({ type, start }) => [(Date.parse(start) - startMs) / chunkMs, type]));
  assert.deepEqual(
    [0, 1, 2, 3].map((number) => types.get(number)),
    ['chunk.stored', 'chunk.stored', 'chunk.partial', 'chunk.stored'],
  );
  const partial = chunks.find(({ type }) => type === 'chunk.partial');
  assert.equal(partial?.holes.length, 1);
  const [one] = receiver.received;
  assert.ok(one && (await isSignedBy(webhook.secret, one)));
  assert.equal(told(/^channel/).length, 0, 'a source that could always be read is no news');

  live.faults.set(/live/, 503);
  await until(() => told(/^channel\.trouble$/).length === 1, { what: 'the trouble', timeoutMs: patience });
  await bench.shut();
  live.faults.clear();
  await bench.boot();
  await until(() => told(/^channel\.recovered$/).length === 1, { what: 'the end of it', timeoutMs: patience });
  const troubles = told(/^channel/).map(({ body }) => channelEventMessage.parse(body.data).trouble?.code);
  assert.deepEqual(troubles, ['SOURCE_UNREACHABLE', undefined]);
});

test('of stations and a worker that share an archive one tells each event; whoever is there sends it', async (t) => {
  const { first, others, receiver, live, told } = await eventBench(t, {
    one: 'station',
    two: 'station',
    three: 'worker',
  });
  await first.archive.webhooks.add({ url: receiver.url });
  await receiver.goAway();
  await first.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  const chunks = await first.stored('news', 4);
  const [hook] = await first.archive.webhooks.list();
  const id = hook?.webhook.id ?? '';
  // Whoever was at it is gone; the others have the rest.
  await first.shut();
  await receiver.comeBack();
  const [two] = others;
  assert.ok(two);
  await until(async () => (await two.archive.webhooks.get(id)).waiting === 0, {
    what: 'all to be sent',
    timeoutMs: patience,
  });
  const stored = told(/^chunk\.(stored|partial)$/).map(({ body }) => {
    const { start, revision } = chunkEventMessage.parse(body.data);
    return `${start} ${revision}`;
  });
  assert.deepEqual(stored, [...new Set(stored)], 'nothing is told twice');
  for (const { startMs } of chunks) assert.ok(stored.includes(`${new Date(startMs).toISOString()} 1`));
  await first.boot();
  live.faults.set(/live/, 503);
  await until(async () => (await two.archive.channel('news')).trouble, { what: 'one to see it', timeoutMs: patience });
  await until(async () => (await first.archive.channel('news')).trouble, {
    what: 'both to see it',
    timeoutMs: patience,
  });
  await until(() => told(/^channel\.trouble$/).length > 0, { what: 'the trouble', timeoutMs: patience });
  live.faults.clear();
  await until(() => told(/^channel\.recovered$/).length > 0, { what: 'the end of it', timeoutMs: patience });
  assert.deepEqual(
    told(/^channel/).map(({ body }) => body.type),
    ['channel.trouble', 'channel.recovered'],
  );
});
