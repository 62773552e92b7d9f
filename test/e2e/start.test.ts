import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { endProcessesOf, isAlive, processesOf } from '../fixtures/child-processes.ts';
import { freePort } from '../fixtures/free-port.ts';
import { freshClone, shareNodeModules, userEnvironment } from '../fixtures/fresh-clone.ts';
import { startCommand } from '../fixtures/station.ts';
import { onTerminal } from '../fixtures/terminal.ts';
import { until } from '../fixtures/until.ts';

let clone: string;
let dataRoot: string;
let url: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  clone = freshClone();
  shareNodeModules(clone);
  dataRoot = mkdtempSync(join(tmpdir(), 'start-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = userEnvironment({
    REELFLOW_DATA: dataRoot,
    REELFLOW_HOST: '127.0.0.1',
    REELFLOW_PORT: String(port),
    REELFLOW_MQTT_PORT: String(await freePort()),
  });
});

after(async () => {
  for (const folder of [clone, dataRoot]) {
    await endProcessesOf(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});

// A test that failed must not leave its station to the next one, which uses the same port.
afterEach(() => endProcessesOf(clone));

const PASSWORD = /^\s*Password:?\s+(\S{12,})\s*$/m;
const DASHBOARD = /http:\S+\/dashboard/;
const isHealthy = async () => (await fetch(`${url}/health`)).status === 200;
const isDown = () =>
  fetch(url).then(
    () => false,
    () => true,
  );

/** `npm start` in the clone, in a group of its own. */
function npmStart() {
  const child = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const log = () => output.join('');
  return {
    pid: child.pid ?? 0,
    exited: once(child, 'exit'),
    log,
    async until<T>(check: () => T | Promise<T>, what: string, timeoutMs = 30_000) {
      try {
        return await until(check, { timeoutMs, what });
      } catch (cause) {
        throw new Error(`waited in vain for ${what}; npm start said:\n${log()}`, { cause });
      }
    },
  };
}

test('npm start on a fresh clone: builds, runs, says where to go and the password; SIGTERM ends all of it', async () => {
  const npm = npmStart();
  await npm.until(isHealthy, 'health', 120_000);
  const password = await npm.until(() => PASSWORD.exec(npm.log())?.[1], 'the password on the console');
  assert.match(npm.log(), DASHBOARD);
  const login = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  assert.equal((await fetch(`${url}/api/v1/status`, { headers: { authorization: login } })).status, 200);
  assert.equal((await fetch(`${url}/api/v1/status`)).status, 401);

  const running = processesOf(clone);
  assert.ok(running.length > 0);
  process.kill(npm.pid, 'SIGTERM');
  await npm.exited;
  await until(() => running.every((pid) => !isAlive(pid)), { timeoutMs: 20_000, what: 'all processes to end' });
  assert.ok(await isDown());
});

test('the second start has nothing to set up, and does not print the password again', async () => {
  const startedAt = performance.now();
  const setUp = spawnSync('node', ['scripts/bootstrap.mjs', 'start'], { cwd: clone, env, encoding: 'utf8' });
  const ownWorkMs = performance.now() - startedAt;
  assert.deepEqual({ status: setUp.status, text: setUp.stderr }, { status: 0, text: '' });
  assert.ok(ownWorkMs < 2_000, `${ownWorkMs} ms`);

  const npm = npmStart();
  await npm.until(isHealthy, 'health');
  await npm.until(() => DASHBOARD.test(npm.log()), 'the address on the console');
  assert.doesNotMatch(npm.log(), PASSWORD);
  process.kill(npm.pid, 'SIGTERM');
  await npm.exited;
  await until(isDown, { what: 'the port to be free' });
});

test('Ctrl-C twice on a terminal ends it in order', async () => {
  const terminal = onTerminal('npm start', clone, env);
  await until(isHealthy, { timeoutMs: 30_000, what: 'health' });
  const running = processesOf(clone);
  terminal.pressCtrlC();
  terminal.pressCtrlC();
  await terminal.exited;
  await until(() => running.every((pid) => !isAlive(pid)), { timeoutMs: 20_000, what: 'all processes to end' });
  assert.match(terminal.screen(), /Stopped flows/);
  assert.doesNotMatch(terminal.screen(), /uncaught|unhandled|\n\s+at /i);
});

const WRONG: [name: string, value: string, allowed: RegExp][] = [
  ['REELFLOW_PORT', 'eighty', /1.*65535/],
  ['REELFLOW_DATABASE', 'mysql://x', /postgres/],
  ['REELFLOW_ROLE', 'boss', /worker/],
  ['REELFLOW_SCENARIO', 'no-such-scenario', /quick-start/],
  ['REELFLOW_PROT', '1880', /REELFLOW_PORT/],
];

for (const [name, value, allowed] of WRONG) {
  test(`${name}=${value} ends the start with one line that says what is allowed`, () => {
    const emptyData = mkdtempSync(join(dataRoot, 'wrong-'));
    const path = `${join(clone, 'node_modules/.bin')}:${env['PATH']}`;
    const result = spawnSync('/bin/sh', ['-c', startCommand(clone)], {
      cwd: clone,
      env: { ...env, PATH: path, REELFLOW_DATA: emptyData, [name]: value },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.notEqual(result.status, 0);
    const lines = `${result.stdout}${result.stderr}`.trim().split('\n');
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', new RegExp(name));
    assert.match(lines[0] ?? '', allowed);
    if (name !== 'REELFLOW_PROT') assert.ok(lines[0]?.includes(value), lines[0]);
  });
}
