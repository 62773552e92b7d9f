import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

async function delivered(bench: RecordingBench, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = bench.service.start(undefined, { durationMs: 2000 }, person);
    await bench.pass(8000);
    bench.service.delivery(id, { kind: 'begun', deliverId: 'd', target: '/t', bytesTotal: 1 });
    bench.service.delivery(id, { kind: 'delivered', paths: ['/t/x'] });
    ids.push(id);
  }
  return ids;
}

test('with enough space and no age the folders are not walked', async () => {
  const bench = new RecordingBench();
  bench.settings.retention = { maxAgeMs: 0, minFreeBytes: 1e9 };
  await bench.boot();
  const ids = await delivered(bench, 2);
  await bench.pass(61_000);
  assert.equal(bench.sized, 0);
  assert.equal(bench.service.list().length, ids.length);
});

test('a recording that can not be removed does not keep the others', async () => {
  const bench = new RecordingBench();
  bench.settings.retention = { maxAgeMs: 30_000, minFreeBytes: 0 };
  await bench.boot();
  const [first] = await delivered(bench, 2);
  bench.stubborn.add(first ?? '');
  await bench.pass(121_000);
  assert.deepEqual(
    bench.service.list().map((one) => one.id),
    [first],
  );
});

test('a recording that is being delivered anew while retention looks is not removed', async () => {
  const bench = new RecordingBench();
  bench.settings.retention = { maxAgeMs: 0, minFreeBytes: 1e12 };
  await bench.boot();
  const [id = ''] = await delivered(bench, 1);
  bench.onSize = () => {
    bench.service.delivery(id, { kind: 'begun', deliverId: 'd', target: '/u', bytesTotal: 1 });
  };
  await bench.pass(61_000);
  assert.equal(bench.service.get(id)?.state, 'delivering');
});
