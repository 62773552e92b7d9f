import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { S3Bucket } from '../../nodes/adapters/s3/s3-bucket.ts';
import registerChannel from '../../nodes/capture-channel/capture-channel.ts';
import type { Archive } from '../../nodes/core/archive/archive.ts';
import { S3Places } from '../../nodes/core/s3/s3-places.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { archiveWithSource } from '../core/archive/fixtures/archive-with-source.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { startSwiftS3 } from '../fixtures/swift-s3.ts';
import { until } from '../fixtures/until.ts';

const sink = { id: 'out', type: 'sink' };

async function start(t: TestContext, fields: object, s3Places = new S3Places()) {
  const { folder, live, bench } = await archiveWithSource(t);
  live.start();
  const waiting = new Set<(archive: Archive) => void>();
  let isUsed = false;
  const open = async () => {
    if (!isUsed) await bench.boot();
    isUsed = true;
    for (const listener of waiting) listener(bench.archive);
    waiting.clear();
    return bench.archive;
  };
  const onOpen = (listener: (archive: Archive) => void) => {
    if (isUsed) listener(bench.archive);
    else waiting.add(listener);
    return () => waiting.delete(listener);
  };
  const archive = {
    get isUsed() {
      return isUsed;
    },
    open,
    onOpen,
  };
  provideStation({ archive, dataRoot: folder, s3Places } as unknown as Station);
  const node = { id: 'channel', type: 'capture-channel', version: 1, wires: [['out']], ...fields };
  const flow = [{ ...node, ...('channel' in fields ? { sourceUrl: live.url, chunkDuration: 'PT4S' } : {}) }, sink];
  const runtime = await startNodeRuntime([registerChannel as never], flow);
  t.after(() => runtime.stop());
  return { live, bench, runtime, open, flow };
}

test('a channel declared by a node: its chunks come out, with the path of their file; deleted, it is switched off', async (t) => {
  const { bench, runtime, flow } = await start(t, { channel: 'news', retention: 'PT1H', retentionGb: 2 });
  await until(() => runtime.received('out').length >= 2, { timeoutMs: 60_000, what: 'two chunks' });
  const { channel } = await bench.archive.channel('news');
  assert.deepEqual([channel.chunkMs, channel.retentionMs, channel.retentionBytes], [4000, 3600_000, 2e9]);
  const [{ topic, payload } = {}] = runtime.received('out').slice(-1) as {
    topic?: string;
    payload?: Record<string, unknown>;
  }[];
  assert.equal(topic, 'chunk');
  assert.equal(payload?.['channel'], 'news');
  assert.equal(payload?.['state'], 'complete');
  assert.deepEqual(payload?.['kinds'], ['video', 'audio']);
  assert.ok(existsSync(String(payload?.['path'])), String(payload?.['path']));
  await until(() => /^\d+ chunks/.test(String(runtime.statuses('channel').at(-1)?.['text'])), { what: 'the status' });
  await runtime.deploy(flow.filter(({ id }) => id !== 'channel'));
  await until(async () => !(await bench.archive.channel('news')).channel.isEnabled, { what: 'the channel to be off' });
  assert.ok((await bench.complete('news')).length >= 2, 'what is archived stays');
});

test('a channel with a store: its chunks go there and have no path; a store without keys is said to be none', async (t) => {
  const swift = await startSwiftS3();
  t.after(() => swift.stop());
  const place = await swift.createBucket('channel');
  const s3Places = new S3Places();
  s3Places.add('place', place);
  const { live, bench, runtime } = await start(t, { channel: 'news', store: 'place' }, s3Places);
  const message = await until(() => runtime.received('out').at(-1), { timeoutMs: 90_000, what: 'a chunk' });
  const { key, path } = message['payload'] as { key: string; path?: string };
  assert.equal(path, undefined);
  assert.equal((await bench.archive.channel('news')).channel.storeId, 'node-place');
  const bucket = new S3Bucket(place);
  t.after(() => bucket.close());
  assert.ok(((await bucket.stat(key))?.sizeBytes ?? 0) > 0);
  await runtime.deploy([
    {
      id: 'channel',
      type: 'capture-channel',
      version: 1,
      channel: 'other',
      sourceUrl: live.url,
      store: 'gone',
      wires: [],
    },
  ]);
  const error = await until(() => runtime.lines('channel').find(({ level }) => level === 'error'), {
    timeoutMs: 30_000,
    what: 'an error',
  });
  assert.match(error.text, /store: .*no keys yet/);
});

test('a node without channel and source hears of every channel, and opens nothing by itself', async (t) => {
  const { live, runtime, open } = await start(t, {});
  await until(() => runtime.statuses('channel').at(-1)?.['text'] === 'no channel yet', { what: 'the status' });
  const archive = await open();
  await archive.putChannel('later', { sourceUrls: [live.url], chunkMs: 4000 });
  const message = await until(() => runtime.received('out').at(-1), { timeoutMs: 60_000, what: 'a chunk' });
  assert.equal((message['payload'] as Record<string, unknown>)['channel'], 'later');
});

test('a source that is away, and a form that is wrong, show as such', async (t) => {
  const { live, bench, runtime } = await start(t, { channel: 'news' });
  await until(async () => (await bench.archive.channel('news')).source, { timeoutMs: 30_000, what: 'the source' });
  live.faults.set(/m3u8$/, 503);
  await until(() => /^news: .*503/.test(String(runtime.statuses('channel').at(-1)?.['text'])), {
    timeoutMs: 30_000,
    what: 'the trouble',
  });
  await runtime.deploy([
    { id: 'channel', type: 'capture-channel', version: 1, channel: '', sourceUrl: live.url, wires: [] },
  ]);
  const nameless = await until(() => runtime.lines('channel').find(({ level }) => level === 'error'), {
    what: 'an error',
  });
  assert.match(nameless.text, /needs the name of its channel/);
});
