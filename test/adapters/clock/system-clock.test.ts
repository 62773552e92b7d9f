import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { SystemClock } from '../../../nodes/adapters/clock/system-clock.ts';
import { until } from '../../fixtures/until.ts';

interface Said {
  event: string;
  deltaMs?: number;
  lateMs?: number;
  monotonicMs?: number;
}

const script = path.join(import.meta.dirname, '../../fixtures/clock-child.ts');

function startChild(context: TestContext, aheadMs: number, env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [script, String(aheadMs)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  const said: Said[] = [];
  assert.ok(child.stdout);
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Said));
  const heard = (event: string) =>
    until(() => said.find((one) => one.event === event), { timeoutMs: 30_000, what: `"${event}" of the child` });
  return { child, said, heard };
}

test('the clocks of the system: UTC milliseconds, and one that does not go back', () => {
  const clock = new SystemClock();
  assert.ok(Math.abs(clock.now() - Date.now()) < 1000);
  let last = clock.monotonicMs();
  for (let turn = 0; turn < 10_000; turn++) {
    const next = clock.monotonicMs();
    assert.ok(next >= last);
    last = next;
  }
});

/** libfaketime steps the wall clock of one process: the file holds the offset to the real one. */
async function stepped(context: TestContext, offset: string, aheadMs: number) {
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  assert.ok(library, 'libfaketimeMT.so.1 is missing: install the Debian package "faketime"');
  const folder = mkdtempSync(path.join(tmpdir(), 'faketime-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'offset');
  writeFileSync(file, '+0\n');
  const { heard } = startChild(context, aheadMs, {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
  });
  await heard('ready');
  writeFileSync(file, `${offset}\n`);
  const jump = await heard('jump');
  const target = await heard('target');
  return { jump, target };
}

test('a real process whose clock is set forward: on time by the new clock', async (context) => {
  const { jump, target } = await stepped(context, '+20', 24_000);
  assert.ok(Math.abs((jump.deltaMs ?? 0) - 20_000) < 1500, `jump of ${jump.deltaMs} ms`);
  assert.ok((target.lateMs ?? 99_999) < 2000, `${target.lateMs} ms late`);
  assert.ok((target.monotonicMs ?? 0) < 10_000, 'it did not wait out the old time');
});

test('a real process whose clock is set back: not early', async (context) => {
  const { jump, target } = await stepped(context, '-4', 3000);
  assert.ok(Math.abs((jump.deltaMs ?? 0) + 4000) < 1500, `jump of ${jump.deltaMs} ms`);
  assert.ok((target.lateMs ?? -1) >= 0, `${-(target.lateMs ?? 0)} ms early`);
  assert.ok((target.lateMs ?? 99_999) < 2000, `${target.lateMs} ms late`);
  assert.ok((target.monotonicMs ?? 0) > 6000, 'it waited for the new clock');
});

test('a process that was stopped over its target: runs it at once when it goes on, and sees no jump', async (context) => {
  const { child, said, heard } = startChild(context, 1500);
  await heard('ready');
  const stoppedAt = performance.now();
  child.kill('SIGSTOP');
  await until(() => performance.now() - stoppedAt > 3000, { what: 'three seconds' });
  assert.equal(said.length, 1);
  child.kill('SIGCONT');
  const { lateMs = 99_999, monotonicMs = 0 } = await heard('target');
  assert.ok(lateMs > 500 && lateMs < 5000, `${lateMs} ms late`);
  assert.ok(monotonicMs > 2500, 'the monotonic clock counted while it was stopped');
  assert.ok(!said.some(({ event }) => event === 'jump'));
});
