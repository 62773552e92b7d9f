import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Fragment } from '../../../nodes/core/media/fragment.ts';
import { FragmentScanner } from '../../../nodes/core/media/fragment-scanner.ts';
import { ffmpeg, fragmented, pattern, readPackets } from '../../fixtures/tools/media.ts';

let folder: string;
let bytes: Buffer;
let path: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-media-'));
  path = join(folder, 'capture.mp4');
  // B pictures, an edit list, AAC with its priming: everything that makes media time differ from decode time.
  await ffmpeg(...pattern(3), '-c:v', 'libx264', '-g', '25', '-bf', '2', '-c:a', 'aac', ...fragmented, path);
  bytes = await readFile(path);
});

after(() => rm(folder, { recursive: true, force: true }));

async function scan(data: Buffer, scanner = new FragmentScanner()): Promise<Fragment[]> {
  const read = async (offset: number, length: number) => data.subarray(offset, offset + length);
  return await Array.fromAsync(scanner.advance(read, data.length));
}

test('fragments have the presentation times that ffprobe sees', async () => {
  const scanner = new FragmentScanner();
  const fragments = await scan(bytes, scanner);
  const packets = await readPackets(path);
  assert.deepEqual(
    scanner.movie?.tracks.map(({ kind, codec }) => `${kind} ${codec}`),
    ['video avc1', 'audio mp4a'],
  );
  for (const kind of ['video', 'audio'] as const) {
    const runs = fragments.flatMap((fragment) => fragment.runs.filter((run) => run.kind === kind));
    const times = packets.filter((packet) => packet.track === kind).map((packet) => packet.ptsMs);
    assert.equal(
      runs.reduce((sum, run) => sum + run.samples, 0),
      times.length,
    );
    let at = 0;
    for (const run of runs) {
      const own = times.slice(at, at + run.samples);
      at += run.samples;
      assert.ok(Math.abs(Math.min(...own) - run.startMs) < 0.1, `${kind} starts at ${run.startMs}`);
    }
    const firstKey = packets.filter((packet) => packet.track === 'video' && packet.isKey).map(({ ptsMs }) => ptsMs);
    if (kind === 'video')
      assert.deepEqual(
        runs.filter((run) => run.isKey).map((run) => run.startMs),
        firstKey,
      );
  }
});

test('a file that grows byte by byte gives the same fragments, each once, as soon as it is complete', async () => {
  const whole = await scan(bytes);
  const scanner = new FragmentScanner();
  const seen: Fragment[] = [];
  for (let size = 0; size <= bytes.length + 700; size += 701) {
    for (const fragment of await scan(bytes.subarray(0, size), scanner)) {
      assert.ok(fragment.offset + fragment.length <= size && fragment.offset + fragment.length > size - 701);
      seen.push(fragment);
    }
  }
  assert.deepEqual(seen, whole);
});

test('a file that was cut off anywhere gives every fragment that is complete', async () => {
  const whole = await scan(bytes);
  for (const size of [0, 7, 30, 900, bytes.length - 1, Math.floor(bytes.length / 2)]) {
    const scanner = new FragmentScanner();
    const found = await scan(bytes.subarray(0, size), scanner);
    assert.deepEqual(
      found,
      whole.filter((fragment) => fragment.offset + fragment.length <= size),
    );
    assert.equal(scanner.damage, undefined);
  }
});

test('zeros that a power cut left at the end are damage, what is before them is good', async () => {
  const whole = await scan(bytes);
  const last = whole.at(-1);
  assert.ok(last);
  const scanner = new FragmentScanner();
  const found = await scan(Buffer.concat([bytes.subarray(0, last.offset), Buffer.alloc(8192)]), scanner);
  assert.deepEqual(found, whole.slice(0, -1));
  assert.equal(scanner.damage?.code, 'MEDIA_BROKEN');
});

test('bytes that are no MP4 give nothing, and every broken byte in a header is survived', async () => {
  const scanner = new FragmentScanner();
  assert.deepEqual(
    await scan(Buffer.from('this is not a movie, it is a sentence of more than eight letters'), scanner),
    [],
  );
  assert.equal(scanner.movie, undefined);
  for (let at = 0; at < 3000; at += 3) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    await scan(damaged);
  }
});
