import assert from 'node:assert/strict';
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ProgressFile } from '../../../nodes/adapters/restream/progress-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'progress-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the newest whole block counts, from the first one on', () => {
  const path = join(folder, 'growing.txt');
  const file = new ProgressFile(path);
  assert.equal(file.frames(), undefined, 'there is no file yet');
  writeFileSync(path, 'frame=4\nfps=0.0\ndrop_frames=77\n');
  assert.equal(file.frames(), undefined, 'the block is not whole');
  appendFileSync(path, 'progress=continue\n');
  assert.equal(file.frames(), 4);
  appendFileSync(path, 'frame=19\nfps=5.0\ndup_frames=3\n');
  assert.equal(file.frames(), 4);
  appendFileSync(path, 'progress=continue\n');
  assert.equal(file.frames(), 19);
  file.close();
});

test('what FFmpeg writes for days does not fill the disk, and is read on', () => {
  const path = join(folder, 'long.txt');
  const block = (frames: number) => `frame=${frames}\nbitrate=N/A\nprogress=continue\n`;
  // Writes on at its own offset, as FFmpeg does.
  const tool = openSync(path, 'w');
  const file = new ProgressFile(path);
  for (let frames = 0; frames < 40_000; frames++) writeSync(tool, block(frames));
  assert.equal(file.frames(), 39_999);
  assert.equal(statSync(path).size, 0, 'it was cut');
  writeSync(tool, block(40_000));
  assert.equal(file.frames(), 40_000, 'behind the hole');
  assert.ok(statSync(path).blocks * 512 < 1024 * 1024, 'the hole takes no space');
  file.close();
  closeSync(tool);
});
