import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, type TestContext, test } from 'node:test';
import { DeliveryTargets } from '../../nodes/adapters/s3/delivery-targets.ts';
import { S3Bucket } from '../../nodes/adapters/s3/s3-bucket.ts';
import registerPlace from '../../nodes/capture-s3/capture-s3.ts';
import registerUpload from '../../nodes/capture-s3-upload/capture-s3-upload.ts';
import type { S3Place } from '../../nodes/core/s3/s3-place.ts';
import { S3Places, s3Address } from '../../nodes/core/s3/s3-places.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { DeliveryBench } from '../core/delivery/fixtures/delivery-bench.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { type SwiftS3, startSwiftS3 } from '../fixtures/swift-s3.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { until } from '../fixtures/until.ts';

let swift: SwiftS3;
let buckets = 0;

before(async () => {
  swift = await startSwiftS3();
});
after(() => swift?.stop());

const payloadOf = (message: Record<string, unknown> | undefined) => message?.['payload'] as Record<string, unknown>;
const never = new AbortController().signal;

async function start(t: TestContext, fields: object = {}, placeFields: object = {}) {
  buckets += 1;
  const place = await swift.createBucket(`recordings-${buckets}`);
  const s3Places = new S3Places();
  const bench = new DeliveryBench(await temporaryFolder(t));
  bench.files = new DeliveryTargets(s3Places);
  bench.boot();
  // The nodes use nothing else of a station.
  const station = { dataRoot: bench.folder, deliveries: bench.service, s3Places };
  provideStation(station as unknown as Station);
  const { endpoint, bucket, accessKey, secretKey } = place;
  const flow = [
    { id: 'tab', type: 'tab', label: 'Test' },
    { id: 'place', type: 'capture-s3', name: 'Store', endpoint, bucket, prefix: 'studio-1', ...placeFields },
    {
      ...{ id: 'upload', type: 'capture-s3-upload', z: 'tab', name: 'Archive', wires: [['out'], ['progress']] },
      ...{ store: 'place', prefix: 'recordings', nameTemplate: '{{series}}/{{title}}', ...fields },
    },
    { id: 'out', type: 'sink', z: 'tab' },
    { id: 'progress', type: 'sink', z: 'tab' },
    { id: 'catch', type: 'catch', z: 'tab', scope: ['upload'], uncaught: false, wires: [['caught']] },
    { id: 'caught', type: 'sink', z: 'tab' },
  ];
  const types = [registerPlace, registerUpload] as ((red: never) => void)[];
  const runtime = await startNodeRuntime(types, flow, { credentials: { place: { accessKey, secretKey } } });
  t.after(async () => {
    await runtime.stop();
    provideStation(undefined);
    await bench.close();
  });
  return { place, s3Places, bench, runtime, node: runtime.node('upload') };
}

async function objectsOf(place: S3Place): Promise<Map<string, Buffer>> {
  const bucket = new S3Bucket(place);
  const objects = new Map<string, Buffer>();
  for await (const { key } of bucket.list('', never)) {
    const parts: Uint8Array[] = [];
    for await (const part of await bucket.read(key, { start: 0 }, never)) parts.push(part);
    objects.set(key, Buffer.concat(parts));
  }
  bucket.close();
  return objects;
}

test('what the form of the store says is how it is used', async (t) => {
  const fields = {
    ...{ storageClass: 'STANDARD', encryption: 'aws:kms', encryptionKeyId: 'alias/archive' },
    ...{ rateMbit: '80', redirectSeconds: '600' },
  };
  const { place, s3Places } = await start(t, {}, fields);
  assert.deepEqual(s3Places.get('place'), {
    ...place,
    ...{ prefix: 'studio-1', isPathStyle: true, storageClass: 'STANDARD', encryption: 'aws:kms' },
    ...{ encryptionKeyId: 'alias/archive', bytesPerSecond: 10_000_000, redirectSeconds: 600 },
  });
});

test('a recorded recording goes to the store, with its sidecar, and leaves as delivered', async (t) => {
  const { place, bench, runtime, node } = await start(t);
  const recording = await bench.record('r1');
  node.receive({ topic: 'recording', payload: recording });
  const [message] = await until(() => runtime.received('out').length > 0 && runtime.received('out'), {
    timeoutMs: 60_000,
    what: 'output 1',
  });
  const delivered = payloadOf(message);
  assert.equal(delivered['state'], 'delivered');
  const { paths } = delivered['delivery'] as { paths: string[] };
  const objects = await objectsOf(place);
  assert.deepEqual(paths.map((path) => path.replace(`s3://${place.bucket}/`, '')).sort(), [...objects.keys()].sort());
  const source = await readFile(recording.tracks[0]?.path ?? '');
  const [key = '', content] = [...objects].find(([name]) => name.endsWith('.mp4')) ?? [];
  assert.match(key, /^studio-1\/recordings\/(.+\/)?Physics\.mp4$/);
  assert.deepEqual(content, source);
  const sidecar = JSON.stringify(
    JSON.parse([...objects].find(([name]) => name.endsWith('.json'))?.[1].toString() ?? ''),
  );
  assert.ok(sidecar.includes(createHash('sha256').update(source).digest('hex')));
  assert.ok(!JSON.stringify([...runtime.received('progress'), delivered, bench.lines]).includes(place.secretKey));
  await until(() => runtime.statuses('upload').at(-1)?.['text'] === 'delivered Physics', { what: 'the status' });
});

test('a store that is away is tried again until it takes the recording; nothing is replaced', async (t) => {
  const { place, bench, runtime, node } = await start(t);
  await swift.goAway();
  const first = await bench.record('r1');
  node.receive({ topic: 'recording', payload: first });
  await until(() => runtime.received('progress').some((one) => payloadOf(one)['state'] === 'retrying'), {
    timeoutMs: 60_000,
    what: 'the upload to be tried again',
  });
  await swift.comeBack();
  await until(() => runtime.received('out').length === 1, { timeoutMs: 120_000, what: 'the first recording' });
  node.receive({ topic: 'recording', payload: await bench.record('r2', [1000]) });
  await until(() => runtime.received('out').length === 2, { timeoutMs: 60_000, what: 'the second recording' });
  const keys = [...(await objectsOf(place)).keys()];
  assert.equal(keys.filter((key) => key.endsWith('.mp4')).length, 2, keys.join());
});

test('an upload that a restart cut off goes on where it was', async (t) => {
  buckets += 1;
  const place = await swift.createBucket(`recordings-${buckets}`);
  const s3Places = new S3Places(place);
  const bench = new DeliveryBench(await temporaryFolder(t));
  bench.files = new DeliveryTargets(s3Places);
  bench.boot();
  t.after(() => bench.close());
  const settings = bench.settings({ folder: s3Address(place, 'large'), check: 'exists' });
  const listeners = { onDelivered: () => {}, onProgress: () => {} };
  bench.service.attach(settings, listeners);
  const { id } = await bench.record('r1', [25 * 1024 * 1024]);
  const sent = () =>
    swift.requests.filter((line) => line.includes(`/${place.bucket}/`) && line.includes('partNumber='));
  await swift.hold('partNumber=3');
  bench.service.deliver(settings.deliverId, id);
  await until(() => sent().length === 3, { timeoutMs: 60_000, what: 'all parts but one' });
  await bench.close();
  await swift.drop();
  bench.boot();
  bench.service.attach(settings, listeners);
  await until(() => bench.book.get(id)?.state === 'delivered', { timeoutMs: 60_000, what: 'the delivery' });
  const numbers = sent().map((line) => Number(/partNumber=(\d+)/.exec(line)?.[1]));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    [1, 2, 3, 4],
  );
});

test('without a store it says so, and refuses the recording', async (t) => {
  const { bench, runtime, node } = await start(t, { store: '' });
  assert.equal(runtime.statuses('upload').at(-1)?.['text'], 'no object store yet');
  node.receive({ topic: 'recording', payload: await bench.record('r1') });
  const errors = () => runtime.received('caught').map((message) => message['error'] as { code: string });
  const error = await until(() => errors()[0], { what: 'the error' });
  assert.equal(error.code, 'STORE_INVALID');
});

test('two stores whose addresses would be the same are refused', () => {
  const place = { endpoint: 'https://a', bucket: 'same', region: 'x', accessKey: 'k', secretKey: 's' };
  const places = new S3Places(place);
  assert.throws(() => places.add('other', { ...place, endpoint: 'https://b' }), { code: 'STORE_INVALID' });
  const dispose = places.add('same', { ...place, prefix: 'p' });
  assert.equal(places.get('same')?.prefix, 'p');
  dispose();
  assert.equal(places.get('same'), undefined);
  assert.throws(() => places.at('s3://unknown/x'), { code: 'STORE_REFUSED' });
});
