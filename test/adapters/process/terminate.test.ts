import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasMembers, isRunning } from '../../../nodes/adapters/process/identity.ts';
import { type DetachedProcess, spawnDetached } from '../../../nodes/adapters/process/spawn-detached.ts';
import { terminateGroup } from '../../../nodes/adapters/process/terminate.ts';
import { endProcessesOf } from '../../fixtures/child-processes.ts';
import { until } from '../../fixtures/until.ts';

const tools = join(import.meta.dirname, '../../fixtures/tools');
const graces = { interruptMs: 300, terminateMs: 300 };

async function start(t: TestContext, command: string, ...argv: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-process-'));
  t.after(async () => {
    await endProcessesOf(folder);
    await rm(folder, { recursive: true, force: true });
  });
  const log = await open(join(folder, 'log'), 'a');
  const tool = await spawnDetached({ command, argv, cwd: folder, logFd: log.fd });
  await log.close();
  return { folder, tool, end: () => terminate(tool) };
}

async function terminate({ identity, ended }: DetachedProcess) {
  let isGone = false;
  const exit = ended.then((end) => {
    isGone = true;
    return end;
  });
  const began = performance.now();
  await terminateGroup(identity.pid, () => isGone, graces);
  return { ...(await exit), tookMs: performance.now() - began };
}

test('a tool that ignores SIGINT and SIGTERM is killed, in its time, with its children', async (t) => {
  const { folder, tool, end } = await start(t, 'sh', join(tools, 'ignores-signals.sh'), 'with-child');
  await until(async () => (await readFile(join(folder, 'log'), 'utf8')).includes('ready'), { what: 'the tool' });
  const { signal, exitCode, tookMs } = await end();
  assert.deepEqual([signal, exitCode], ['SIGKILL', null]);
  assert.ok(tookMs > 590 && tookMs < 1900, `${tookMs} ms`);
  assert.equal(await hasMembers(tool.identity.pid), false);
});

test('the child of a script gets its one SIGINT and the time to close its file', async (t) => {
  const { folder, tool } = await start(t, process.execPath, join(tools, 'wrapper.ts'));
  await until(() => existsSync(join(folder, 'started.txt')), { what: 'the tool' });
  let isGone = false;
  void tool.ended.then(() => {
    isGone = true;
  });
  await terminateGroup(tool.identity.pid, () => isGone, { interruptMs: 5000, terminateMs: 5000 });
  assert.equal((await tool.ended).exitCode, 3);
  assert.ok(existsSync(join(folder, 'closed.txt')));
});

test('a group that is gone already costs nothing', async (t) => {
  const { tool } = await start(t, 'sh', '-c', 'exit 7');
  const { exitCode } = await tool.ended;
  assert.equal(exitCode, 7);
  assert.ok((await terminate(tool)).tookMs < 100);
  assert.equal(await isRunning(tool.identity), false);
});
