import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { largestLogBytes, readToolLog } from '../../../nodes/adapters/ffmpeg/tool-log.ts';
import type { CommandOutput } from '../../../nodes/core/camera/camera.ts';
import { captureBench, makeCamera } from '../../fixtures/tools/capture-bench.ts';
import { until } from '../../fixtures/until.ts';

const tools = join(import.meta.dirname, '../../fixtures/tools');
const command = (script: string, words: string[] = [], outputs: CommandOutput[] = []) =>
  makeCamera({ kind: 'command', argv: ['sh', join(tools, script), ...words], outputs });

test("a user's own tool records into its folder, is watched by the growth of its files, and is asked to end", async (t) => {
  const bench = await captureBench(t);
  const words = ['{{time}}', '{{dir}}', '{{name}}', '{{previewdir}}'];
  const camera = command('writes-files.sh', words, [{ path: '{{name}}.bin', flavor: 'presenter/source' }]);
  const capture = await bench.begin(camera, { name: 'talk 7' });
  assert.deepEqual(capture.record.outputs, [{ path: 'talk 7.bin', flavor: 'presenter/source' }]);
  const status = await until(
    async () => {
      const now = await capture.status();
      return now.sizeBytes > 20_000 && now;
    },
    { what: 'its file to grow' },
  );
  assert.ok(status.isRunning && status.mediaMs > 0 && status.lastAdvanceMonotonicMs !== undefined);
  assert.equal(status.offsetMs, capture.record.spawnedAt);
  const exit = await capture.stop();
  assert.deepEqual([exit.exitCode, exit.wasRequested], [0, true]);
  const path = join(capture.record.directory, 'talk 7.bin');
  assert.match((await readFile(path)).toString('latin1', -20), /interrupted\n$/);
});

test('it ends by itself when its time is over', async (t) => {
  const bench = await captureBench(t);
  const camera = command('writes-files.sh', ['{{time}}', '{{dir}}', '{{name}}', '{{previewdir}}']);
  const capture = await bench.begin(camera, { durationMs: 900 });
  const exit = await capture.exited;
  assert.deepEqual([exit.exitCode, exit.wasRequested], [0, false]);
});

test('a tool that floods its log fills neither disk nor memory, and its passwords are taken out', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin(command('flood.sh'));
  const log = join(capture.record.directory, 'tool.log');
  await until(() => existsSync(join(capture.record.directory, 'flooded')), { timeoutMs: 20_000, what: 'the flood' });
  await until(
    async () => {
      await capture.status();
      return (await stat(log)).size < largestLogBytes;
    },
    { what: 'the log to be cut' },
  );
  assert.match(await readToolLog(log), /KiB of log were cut here.*the last word/s);
  assert.doesNotMatch(await readToolLog(log), /hunter2/);
  process.kill(capture.record.pid, 'SIGKILL');
  const exit = await capture.exited;
  assert.ok(exit.lastLines.length <= 12);
  assert.equal(exit.lastLines.at(-1), 'the last word of rtsp://***@camera/');
  assert.doesNotMatch(await readFile(log, 'utf8'), /hunter2/);
});
