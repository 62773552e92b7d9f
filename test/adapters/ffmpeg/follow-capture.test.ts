import assert from 'node:assert/strict';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { followCapture } from '../../../nodes/adapters/ffmpeg/follow-capture.ts';
import { captureBench } from '../../fixtures/tools/capture-bench.ts';
import { ffmpeg, fragmented, readPackets } from '../../fixtures/tools/media.ts';

test('a long capture is followed from its last key picture on, without being read from its begin', async (t) => {
  const { root } = await captureBench(t);
  const whole = join(root, 'whole.mp4');
  const noise = 'color=gray:size=640x360:rate=25:duration=20,noise=alls=100:allf=t';
  const encode = '-c:v libx264 -preset ultrafast -b:v 20M -minrate 20M -maxrate 20M -bufsize 2M -g 50'.split(' ');
  await ffmpeg('-f', 'lavfi', '-i', noise, ...encode, ...fragmented, whole);
  const bytes = await readFile(whole);
  assert.ok(bytes.length > 30e6, 'longer than what is looked back');
  const growing = join(root, 'capture.mp4');
  const grown = Math.round(bytes.length * 0.8);
  await writeFile(growing, bytes.subarray(0, grown));
  const leave = new AbortController();
  const seen = join(root, 'seen.mp4');
  await writeFile(seen, '');
  const stream = followCapture(growing, leave.signal);
  let length = 0;
  for await (const part of stream) {
    await appendFile(seen, part);
    length += part.length;
    if (length > 1e6 && (await stat(growing)).size === grown) await appendFile(growing, bytes.subarray(grown));
    // The index at the end of a finished file is no fragment any more.
    if (bytes.indexOf(part) + part.length > bytes.length - 100_000) leave.abort();
  }
  const packets = await readPackets(seen);
  const all = await readPackets(whole);
  assert.ok(packets[0]?.isKey);
  assert.ok(packets.length > 25 && packets.length < all.length / 2, `${packets.length} of ${all.length} pictures`);
  const tail = all.slice(-packets.length).map(({ hash }) => hash);
  assert.deepEqual(
    packets.map(({ hash }) => hash),
    tail,
    'none is left out on the way to the end',
  );
});
