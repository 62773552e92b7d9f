import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { CaptureRecord, CaptureRequest } from '../../../nodes/core/recording/capture.ts';
import { isAlive } from '../../fixtures/child-processes.ts';
import { captureBench } from '../../fixtures/tools/capture-bench.ts';
import { readPackets } from '../../fixtures/tools/media.ts';
import { until } from '../../fixtures/until.ts';

const runtime = join(import.meta.dirname, '../../fixtures/tools/small-runtime.ts');

/** Begins a capture in another process and kills that with -9 once `mediaMs` are recorded. */
async function orphan(request: CaptureRequest): Promise<CaptureRecord> {
  const child = spawn(process.execPath, [runtime, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let record: CaptureRecord | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    record = JSON.parse(line) as CaptureRecord;
    break;
  }
  assert.ok(record, 'the runtime began the capture');
  child.kill('SIGKILL');
  await exited;
  return record;
}

test('a capture outlives a runtime that is killed, is found again, and misses nothing', async (t) => {
  const bench = await captureBench(t);
  const record = await orphan(bench.request());
  assert.ok(isAlive(record.pid));
  const adopted = await bench.engine.adopt(record);
  assert.ok(adopted);
  const first = await until(
    async () => {
      const status = await adopted.status();
      return status.mediaMs > 2000 && status;
    },
    { timeoutMs: 15_000, what: 'media in the adopted capture' },
  );
  assert.equal(first.isRunning, true);
  assert.ok(Math.abs((first.offsetMs ?? 0) - record.spawnedAt) < 3000);
  await until(async () => (await adopted.status()).mediaMs > first.mediaMs + 1000, { what: 'more media' });
  const exit = await adopted.stop();
  assert.deepEqual(exit, { exitCode: null, signal: null, lastLines: [], wasRequested: true });
  assert.ok(!isAlive(record.pid));
  const video = (await readPackets(join(record.directory, 'capture.mp4'))).filter(({ track }) => track === 'video');
  const times = video.map(({ ptsMs }) => ptsMs).sort((a, b) => a - b);
  assert.ok(times.length > 75);
  for (const [index, time] of times.entries())
    assert.ok(Math.abs(time - index * 40) < 1, `picture ${index} at ${time}`);
});

test('the end of an adopted capture is noticed, however it ends', async (t) => {
  const bench = await captureBench(t);
  const record = await orphan(bench.request());
  const adopted = await bench.engine.adopt(record);
  assert.ok(adopted);
  process.kill(record.pid, 'SIGKILL');
  const exit = await Promise.race([adopted.exited, until(() => false, { timeoutMs: 5000, what: 'its end' })]);
  assert.deepEqual(exit, { exitCode: null, signal: null, lastLines: [], wasRequested: false });
  assert.equal((await adopted.status()).isRunning, false);
});

test('a process that only has the same number is not taken for ours', async (t) => {
  const bench = await captureBench(t);
  const capture = await bench.begin();
  const { record } = capture;
  for (const other of [
    { ...record, processStartTicks: '1' },
    { ...record, bootId: '00000000-0000-0000-0000-000000000000' },
    { ...record, commandHash: '0'.repeat(64) },
    { ...record, pid: process.pid },
    { ...record, pid: 4_000_000 },
  ]) {
    assert.equal(await bench.engine.adopt(other), undefined);
  }
  assert.ok(await bench.engine.adopt(record));
  await capture.stop();
});
