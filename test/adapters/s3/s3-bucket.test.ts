import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { S3Bucket } from '../../../nodes/adapters/s3/s3-bucket.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import type { S3Place } from '../../../nodes/core/s3/s3-place.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { type SwiftS3, startSwiftS3 } from '../../fixtures/swift-s3.ts';
import { until } from '../../fixtures/until.ts';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const bytes = randomBytes(3 * 8 * mebibyte + 12_345);
const sha256 = createHash('sha256').update(bytes).digest('hex');

let swift: SwiftS3;
let place: S3Place;
let bucket: S3Bucket;

before(async () => {
  swift = await startSwiftS3();
  place = await swift.createBucket('large');
  bucket = new S3Bucket(place);
});
after(async () => {
  bucket?.close();
  await swift?.stop();
});

async function* pieces(from: Uint8Array = bytes): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < from.length; at += 700_001) yield from.subarray(at, at + 700_001);
}

const content = (change: object = {}) => ({
  bytes: pieces(),
  sizeBytes: bytes.length,
  sha256,
  mimeType: 'video/mp4',
  ...change,
});

async function sumOf(key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of await bucket.read(key, { start: 0 }, never)) hash.update(part);
  return hash.digest('hex');
}

const partsOf = (key: string) =>
  swift.requests
    .flatMap((line) => {
      const [, number] = new RegExp(`^PUT /large/${key}\\?partNumber=(\\d+)&.* 200$`).exec(line) ?? [];
      return number === undefined ? [] : [Number(number)];
    })
    .sort((a, b) => a - b);

/** Begins an upload whose third part of four does not arrive, and ends it with the reason. */
async function cutOff(key: string, reason: Error): Promise<void> {
  const abort = new AbortController();
  await swift.hold('partNumber=3');
  const put = bucket.put(key, content(), { abort: abort.signal });
  const ended = assert.rejects(put, (error) => error === reason);
  await until(() => partsOf(key).length === 3, { timeoutMs: 60_000, what: 'the other parts to be there' });
  abort.abort(reason);
  await ended;
  await swift.drop();
}

test('a large object goes up in parts, and its checksum is that of what was sent', async () => {
  const progress: number[] = [];
  const stored = await bucket.put('whole', content(), { abort: never, onProgress: (done) => progress.push(done) });
  assert.equal(stored.sizeBytes, bytes.length);
  assert.deepEqual(partsOf('whole'), [1, 2, 3, 4]);
  assert.equal(progress.at(-1), bytes.length);
  assert.equal(await sumOf('whole'), sha256);
  // Across the seam of two parts.
  const seam = 8 * mebibyte;
  const parts: Uint8Array[] = [];
  for await (const part of await bucket.read('whole', { start: seam - 100, end: seam + 100 }, never)) parts.push(part);
  assert.deepEqual(Buffer.concat(parts), bytes.subarray(seam - 100, seam + 100));
  await bucket.put('unknown-length', content({ sizeBytes: undefined }), { abort: never });
  assert.equal(await sumOf('unknown-length'), sha256);
});

/**
 * Uploads to buckets at the same time, and how long it took as a part of what it takes at the rate: all of it, and from the
 * first part to the last one, in which neither the begin nor the end counts.
 */
async function partsOfIdeal(buckets: S3Bucket[], bytesPerSecond: number): Promise<{ whole: number; between: number }> {
  const seen: { at: number; bytes: number }[] = [];
  const begin = performance.now();
  // Whole parts: one of a few bytes takes as long as the store takes to answer.
  const parts = bytes.subarray(0, 3 * 8 * mebibyte);
  const uploads = buckets.map(async (one, index) => {
    let before = 0;
    const onProgress = (done: number) => {
      seen.push({ at: performance.now(), bytes: done - before });
      before = done;
    };
    const sum = createHash('sha256').update(parts).digest('hex');
    const what = content({ bytes: pieces(parts), sizeBytes: parts.length, sha256: sum });
    await one.put(`slow-${index}`, what, { abort: never, onProgress });
  });
  await Promise.all(uploads);
  const [first, ...rest] = seen;
  const idealMs = (count: number) => (count / bytesPerSecond) * 1000;
  const restBytes = rest.reduce((sum, one) => sum + one.bytes, 0);
  return {
    whole: (performance.now() - begin) / idealMs(buckets.length * parts.length),
    between: ((rest.at(-1)?.at ?? 0) - (first?.at ?? 0)) / idealMs(restBytes),
  };
}

/** One that is ended while it waits for its turn: the turns of the next hour are not kept for it. */
async function giveUpWaiting(slow: S3Bucket): Promise<void> {
  const small = (sizeBytes: number) => ({ bytes: pieces(bytes.subarray(0, sizeBytes)), mimeType: 'text/plain' });
  const answered = (line: string) =>
    until(() => swift.requests.some((one) => one.startsWith(line)), { what: line, timeoutMs: 60_000 });
  // Has the turn for seven seconds.
  const first = slow.put('first', small(70_000), { abort: never });
  await answered('PUT /slow/first');
  const abort = new AbortController();
  const unwanted = assert.rejects(slow.put('never', content(), { abort: abort.signal }), { code: 'JOB_CANCELLED' });
  await answered('POST /slow/never?uploads');
  abort.abort(new ReelflowError('JOB_CANCELLED', 'wanted no more'));
  await unwanted;
  assert.ok(!swift.requests.some((line) => line.startsWith('PUT /slow/never')));
  await Promise.all([first, slow.put('next', small(100), { abort: AbortSignal.timeout(60_000) })]);
}

test('a limit is kept to a tenth, that of two uploads to a bucket together too; who gives up holds up nobody', async (t) => {
  const bytesPerSecond = 8_400_000;
  const alone = new S3Bucket({ ...(await swift.createBucket('own')), bytesPerSecond: bytesPerSecond / 2 });
  const both = [new S3Bucket({ ...place, bytesPerSecond }), new S3Bucket({ ...place, bytesPerSecond })];
  const slow = new S3Bucket({ ...(await swift.createBucket('slow')), bytesPerSecond: 10_000 });
  t.after(() => {
    for (const one of [alone, ...both, slow]) one.close();
  });
  const [, ...seen] = await Promise.all([
    giveUpWaiting(slow),
    partsOfIdeal([alone], bytesPerSecond / 2),
    partsOfIdeal(both, bytesPerSecond),
  ]);
  t.diagnostic(`of the ideal time, alone and two at once: ${JSON.stringify(seen)}`);
  for (const { whole, between } of seen) {
    assert.ok(whole >= 0.9 && between >= 0.9, `${whole} and ${between} of the ideal time`);
    // How long a busy machine takes for the begin and the end says nothing about the rate.
    assert.ok(between <= 1.1, `${between} of the ideal time`);
  }
});

test('an upload that was cut off is taken up where it was', async () => {
  await cutOff('again', new Error('the station stops'));
  assert.equal(await bucket.stat('again'), undefined);
  await bucket.put('again', content(), { abort: never });
  // All but the third by the attempt that was cut off.
  assert.deepEqual(partsOf('again'), [1, 2, 3, 4]);
  assert.equal(await sumOf('again'), sha256);
  assert.equal(await bucket.removeUnfinished('again', Date.now() + 3600_000, never), 0);
});

test('parts that are there, but of other content, are sent again', async () => {
  await cutOff('changed', new Error('the station stops'));
  const other = Buffer.from(bytes);
  other.fill(0, 0, 100);
  const sum = createHash('sha256').update(other).digest('hex');
  await bucket.put('changed', content({ bytes: pieces(other), sha256: sum }), { abort: never });
  assert.deepEqual(partsOf('changed'), [1, 1, 2, 3, 4]);
  assert.equal(await sumOf('changed'), sum);
});

test('nothing is left of an upload that was cancelled, or whose content is wrong; of one that died until it is swept', async () => {
  await cutOff('cancelled', new ReelflowError('JOB_CANCELLED', 'wanted no more'));
  await assert.rejects(bucket.put('wrong', content({ sha256: '0'.repeat(64) }), { abort: never }), {
    code: 'STORE_MISMATCH',
  });
  assert.equal(await bucket.removeUnfinished('', Date.now() + 3600_000, never), 0);
  await cutOff('died', new Error('the station stops'));
  assert.equal(await bucket.removeUnfinished('', Date.now() - 3600_000, never), 0);
  assert.equal(await bucket.removeUnfinished('d', Date.now() + 3600_000, never), 1);
  assert.equal(await bucket.removeUnfinished('d', Date.now() + 3600_000, never), 0);
});

test('what is wrong is said in words, without keys', async () => {
  const cases: [change: Partial<S3Place>, code: string, words: RegExp][] = [
    [{ bucket: 'nowhere' }, 'STORE_REFUSED', /bucket nowhere at http.*there is no such bucket/],
    [{ secretKey: 'a-wrong-secret-key' }, 'STORE_REFUSED', /secret key is not that of the access key/],
    [{ accessKey: 'test:nobody' }, 'STORE_REFUSED', /access/],
    [{ endpoint: `http://127.0.0.1:${await freePort()}` }, 'STORE_UNREACHABLE', /does not answer \(ECONNREFUSED\)/],
  ];
  for (const [change, code, words] of cases) {
    const wrong = new S3Bucket({ ...place, ...change });
    const work: (() => Promise<unknown>)[] = [
      () => wrong.put('x', content({ bytes: pieces(), sizeBytes: bytes.length }), { abort: never }),
      () => wrong.put('x', { bytes: pieces(bytes.subarray(0, 10)), mimeType: 'text/plain' }, { abort: never }),
      () => wrong.read('x', { start: 0 }, never),
      () => wrong.list('', never)[Symbol.asyncIterator]().next(),
    ];
    for (const one of work) {
      await assert.rejects(one, (error: ReelflowError) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, words);
        assert.ok(error.isRetryable);
        for (const secret of [place.secretKey, 'a-wrong-secret-key', place.accessKey]) {
          assert.ok(!JSON.stringify([error.message, error.stack, error.cause]).includes(secret), error.message);
        }
        return true;
      });
    }
    // HEAD has no body that says more than 403 or 404.
    await assert.rejects(wrong.stat('x'), { code });
    wrong.close();
  }
});
