import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';
import { DeliveryBench } from './fixtures/delivery-bench.ts';

/** Runs a slow station on the folder and kills it with SIGKILL as soon as it has printed enough. */
async function killAt(folder: string, phase: string, isTime: (output: string) => boolean): Promise<string> {
  const script = join(import.meta.dirname, 'fixtures', 'slow-delivery.ts');
  const child = spawn(process.execPath, [script, folder, phase], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8');
  for await (const text of child.stdout) {
    output += text;
    if (isTime(output)) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', output);
  return output;
}

test('kill -9 in the middle of the copy, then after the rename: one file, whole, and no source lost', async (t) => {
  const folder = await temporaryFolder(t);
  const target = join(folder, 'target', 'Physics.mp4');
  const source = join(folder, 'recordings', 'r1', 'camera-1.mp4');

  await killAt(folder, 'copy', (output) => output.split('copied').length > 5);
  const { size } = await stat(`${target}.partial`);
  assert.ok(size >= 2 * 1024 * 1024 && size < 8 * 1024 * 1024, String(size));
  const sum = createHash('sha256')
    .update(await readFile(source))
    .digest('hex');

  const output = await killAt(folder, 'commit', (text) => text.includes('committed'));
  const first = Number(/copied (\d+)/.exec(output)?.[1]);
  assert.equal(first, size, 'the copy goes on where it was');
  await stat(source);

  const one = new DeliveryBench(folder);
  t.after(() => one.close());
  one.boot().attach({ mode: 'move' });
  await until(() => one.heard.length === 1, { what: 'the delivery' });
  assert.equal(one.state('r1'), 'delivered');
  assert.deepEqual(await one.delivered(), ['Physics.json', 'Physics.mp4']);
  assert.equal(
    createHash('sha256')
      .update(await readFile(target))
      .digest('hex'),
    sum,
  );
  await assert.rejects(stat(source), { code: 'ENOENT' });
});
