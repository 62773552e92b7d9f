import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { JpegSplitter } from '../../../nodes/core/media/jpeg-splitter.ts';

test('pictures come out whole, however the stream is cut into chunks', async () => {
  const { stdout } = await execa(
    'ffmpeg',
    '-v error -f lavfi -i testsrc2=size=160x90:rate=5:duration=2 -c:v mjpeg -f image2pipe -'.split(' '),
    { encoding: 'buffer' },
  );
  for (const size of [1, 7, 1000, stdout.length]) {
    const splitter = new JpegSplitter();
    const pictures: Uint8Array[] = [];
    for (let at = 0; at < stdout.length; at += size) pictures.push(...splitter.push(stdout.subarray(at, at + size)));
    assert.equal(pictures.length, 10);
    assert.deepEqual(Buffer.concat(pictures), Buffer.from(stdout));
    assert.ok(pictures.every((picture) => picture[0] === 0xff && picture[1] === 0xd8));
  }
});

test('a stream that is no JPEG does not fill the memory', () => {
  const splitter = new JpegSplitter();
  const noise = new Uint8Array(1024 * 1024).fill(7);
  for (let index = 0; index < 40; index++) assert.deepEqual(splitter.push(noise), []);
  assert.equal(splitter.push(Uint8Array.of(0xff, 0xd8, 1, 2, 0xff, 0xd9)).length, 1);
});
