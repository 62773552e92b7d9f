import assert from 'node:assert/strict';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastFrame, readTail } from '../../../nodes/adapters/ffmpeg/side-files.ts';
import { tellingLines } from '../../../nodes/adapters/ffmpeg/tool-log.ts';

test('the last printed frame is found, also while the next one is being written', () => {
  const one = 'frame:11   pts:264000  pts_time:5.5\nlavfi.x=-22.041200\n';
  assert.deepEqual(lastFrame(one), { mediaMs: 5500, value: -22.0412 });
  assert.deepEqual(lastFrame(`${one}frame:12   pts:288000  pts_time:6\nlavfi.x=-inf\n`), {
    mediaMs: 6000,
    value: Number.NEGATIVE_INFINITY,
  });
  assert.deepEqual(lastFrame(`${one}frame:12   pts:288000  pts_time:6\n`), { mediaMs: 6000 });
  assert.deepEqual(lastFrame(`${one}frame:12   pts:288000  pts_ti`), { mediaMs: 5500, value: -22.0412 });
  assert.deepEqual(lastFrame(`${one}frame:12 pts:288000 pts_time:6\nlavfi.x=-`), { mediaMs: 6000 });
  assert.deepEqual(lastFrame('frame:1 pts:1 pts_time:1\nlavfi.x=nan\n'), { mediaMs: 1000 });
  for (const nothing of ['', '\n', 'lavfi.x=3\n', 'garbage', 'frame:1 pts:NOPTS pts_time:NOPTS\n']) {
    assert.equal(lastFrame(nothing), undefined);
  }
});

test('a side file that has grown long is emptied under its writer, and goes on being read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-side-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'level.txt');
  assert.equal(await readTail(path), undefined);
  const line = (second: number) => `frame:${second} pts:${second} pts_time:${second}\nlavfi.x=-20\n`;
  await writeFile(path, Array.from({ length: 40_000 }, (_, second) => line(second)).join(''));
  // As FFmpeg has it open: it writes on at its own place, whatever happens to the file.
  const writer = await open(path, 'r+');
  t.after(() => writer.close());
  const { size } = await writer.stat();
  const tail = await readTail(path);
  assert.equal(lastFrame(tail?.text ?? '')?.mediaMs, 39_999_000);
  assert.ok(Math.abs((tail?.modifiedMs ?? 0) - Date.now()) < 10_000);
  assert.equal((await stat(path)).size, 0);
  await writer.write(line(40_000), size);
  assert.equal(lastFrame((await readTail(path))?.text ?? '')?.mediaMs, 40_000_000);
  assert.ok((await stat(path)).blocks * 512 < 100_000, 'the space is given back');
});

test('the lines that tell why a tool ended, without those that it always says', () => {
  const log =
    'a\r\nb\n\nb\n    Last message repeated 3 times\n[mp4] Timestamps are unset in a packet for stream 0.\nc\n';
  assert.deepEqual(tellingLines(log), ['a', 'b', 'c']);
  assert.deepEqual(tellingLines(log, 1), ['c']);
});
