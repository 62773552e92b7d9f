import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encrypted, encryptedLength } from '../../../nodes/core/playback/aes-128.ts';
import { HlsKeys, keyPeriodOf } from '../../../nodes/core/playback/hls-keys.ts';

const key = randomBytes(16);
const iv = randomBytes(16);

async function* inParts(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes));
}

test('what is sent is AES-128-CBC with PKCS7, however it was cut, and as long as was said', async () => {
  for (const length of [1, 15, 16, 17, 31, 32, 1000, 70_000]) {
    const clear = randomBytes(length);
    const whole = { start: 0, end: encryptedLength(length) };
    for (const sizes of [[1000], [1, 15, 16, 17], [70_000]]) {
      const sent = await gather(encrypted(inParts(clear, sizes), { key, iv }, whole));
      assert.equal(sent.length, encryptedLength(length), `${length} in ${sizes.join()}`);
      const decipher = createDecipheriv('aes-128-cbc', key, iv);
      assert.deepEqual(Buffer.concat([decipher.update(sent), decipher.final()]), clear);
    }
  }
});

test('a range of it is what stands there in the whole, and the source is let go at its end', async () => {
  const clear = randomBytes(1000);
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const whole = Buffer.concat([cipher.update(clear), cipher.final()]);
  for (const [start, end] of [
    [0, 1],
    [5, 40],
    [16, 32],
    [990, 1008],
    [1007, 1008],
    [0, 1008],
  ] as const) {
    const sent = await gather(encrypted(inParts(clear, [100, 7]), { key, iv }, { start, end }));
    assert.deepEqual(sent, whole.subarray(start, end), `${start} to ${end}`);
  }
  let isLetGo = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield randomBytes(100);
    } finally {
      isLetGo = true;
    }
  }
  assert.equal((await gather(encrypted(endless(), { key, iv }, { start: 10, end: 20 }))).length, 10);
  assert.ok(isLetGo);
});

test('a key is that of its channel, its hour and its secret, and is the same whenever it is asked for', () => {
  let reads = 0;
  const secret = () => {
    reads += 1;
    return 'a secret';
  };
  const keys = new HlsKeys(secret);
  assert.equal(reads, 0, 'a station that encrypts nothing makes no secret');
  const hour = Date.parse('2026-11-26T10:00:00Z');
  assert.equal(keyPeriodOf({ chunkStartMs: hour + 3_599_999 }), hour);
  const own = keys.key('bar', hour);
  assert.equal(own.length, 16);
  assert.deepEqual(new HlsKeys(secret).key('bar', hour), own);
  const others = [keys.key('foo', hour), keys.key('bar', hour + 3600_000), new HlsKeys(() => 'other').key('bar', hour)];
  for (const other of others) assert.notDeepEqual(other, own);

  const object = { key: 'bar/2026-11-26/a.mp4', sha256: 'aa' };
  const vectors = [0, 1, 100, 2 ** 40].map((offset) => keys.ivs(object)(offset).toString('hex'));
  // Captured again: other content under the same key must not have the same vector.
  vectors.push(
    keys
      .ivs({ ...object, sha256: 'bb' })(0)
      .toString('hex'),
  );
  assert.equal(new Set(vectors).size, vectors.length);
  assert.ok(vectors.every((vector) => vector.length === 32));
});
