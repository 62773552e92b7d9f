import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning, readBootId, readIdentity } from '../../../nodes/adapters/process/identity.ts';
import { spawnDetached } from '../../../nodes/adapters/process/spawn-detached.ts';
import { waitForEnd } from '../../../nodes/adapters/process/wait-for-end.ts';
import { until } from '../../fixtures/until.ts';

test('a process is known by pid, start, boot and command line', async () => {
  const own = await readIdentity(process.pid);
  assert.ok(own);
  assert.match(own.startTicks, /^\d+$/);
  assert.equal(own.bootId, await readBootId());
  assert.ok(await isRunning(own));
  assert.ok(await isRunning({ ...own, commandHash: 'other' }, false), 'a script may become another program');
  for (const other of [
    { ...own, startTicks: '1' },
    { ...own, bootId: 'x' },
    { ...own, commandHash: 'x' },
  ]) {
    assert.equal(await isRunning(other), false);
  }
  assert.equal(await readIdentity(4_100_000), undefined);
});

test('a process that is spawned has its own command line, session and group, and no pipe to us', async (t) => {
  const path = join(tmpdir(), `reelflow-spawn-${process.pid}.log`);
  const log = await open(path, 'a');
  t.after(() => rm(path, { force: true }));
  process.env['REELFLOW_ADMIN_PASSWORD'] = 'hunter2';
  t.after(() => delete process.env['REELFLOW_ADMIN_PASSWORD']);
  const { identity, ended, child } = await spawnDetached({ command: 'sleep', argv: ['30'], cwd: '/', logFd: log.fd });
  await log.close();
  t.after(() => child.kill('SIGKILL'));
  assert.deepEqual(await readIdentity(identity.pid), identity);
  assert.equal(await readFile(`/proc/${identity.pid}/cmdline`, 'utf8'), 'sleep\0' + '30\0');
  assert.doesNotMatch(await readFile(`/proc/${identity.pid}/environ`, 'utf8'), /hunter2/);
  const stat = (await readFile(`/proc/${identity.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  assert.deepEqual([stat[2], stat[3]], [String(identity.pid), String(identity.pid)], 'process group and session');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, { exitCode: null, signal: 'SIGTERM' });
});

test('a zombie is not running', async (t) => {
  // sh does not wait for its child while it sleeps, so the child stays a zombie.
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await until(async () => /\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8')), { what: 'the zombie' });
  assert.equal(await readIdentity(pid), undefined);
});

test('the end of a process that is not ours is noticed', async (t) => {
  const child = spawn('sleep', ['30']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const identity = await readIdentity(child.pid ?? 0);
  assert.ok(identity);
  const end = waitForEnd(identity, true, 20);
  child.kill('SIGKILL');
  const ended = await Promise.race([end, until(() => false, { timeoutMs: 3000, what: 'its end' })]);
  assert.deepEqual(ended, { exitCode: null, signal: null });
});
