import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copySources, startStation } from './fixtures/station-copy.ts';
import { until } from './fixtures/until.ts';

const RED = join(dirname(createRequire(import.meta.url).resolve('node-red/package.json')), 'red.js');

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'reelflow-settings-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A copy of the sources with one scenario in it. */
async function copyWithScenario(t: TestContext): Promise<string> {
  const root = await folder(t);
  await copySources(root, ['plugin-access']);
  await rm(join(root, 'flows'), { recursive: true, force: true });
  await mkdir(join(root, 'flows/scenarios/quick-start'), { recursive: true });
  await writeFile(
    join(root, 'flows/scenarios/quick-start/flow.json'),
    JSON.stringify([{ id: 'a', type: 'tab', label: 'A' }]),
  );
  return root;
}

interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Node-RED's own start, which ends at once when the settings do not let it. */
async function start(root: string, env: Record<string, string>): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const options = { cwd: root, env: { PATH: process.env['PATH'], HOME: root, ...env } };
  execFile(process.execPath, [RED, '-s', join(root, 'settings.ts')], options, (error, out, err) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
  });
  return promise;
}

test('a bad environment ends the start with one line, code 1, no stack and nothing written', async (t) => {
  const root = await copyWithScenario(t);
  const cases: [Record<string, string>, RegExp][] = [
    [{ REELFLOW_PORT: '99999' }, /^Reelflow cannot start: REELFLOW_PORT="99999" is not allowed: use a port number/],
    [{ REELFLOW_PORTS: '1' }, /^Reelflow cannot start: REELFLOW_PORTS is not a variable .*REELFLOW_PORT/],
    [{ REELFLOW_ROLE: 'worker' }, /^Reelflow cannot start: REELFLOW_DATABASE .*postgres/],
    [
      { REELFLOW_ROLE: 'worker', REELFLOW_DATABASE: 'postgres://db/x' },
      /^Reelflow cannot start: REELFLOW_ROLE=worker .*npm start/,
    ],
    [{ REELFLOW_SCENARIO: 'lab-monitor' }, /^Reelflow cannot start: REELFLOW_SCENARIO="lab-monitor" .*has quick-start/],
  ];
  await Promise.all(
    cases.map(async ([env, says]) => {
      const data = join(root, `data-${Object.keys(env).join('')}`);
      const { code, out, err } = await start(root, { REELFLOW_DATA: data, ...env });
      assert.equal(code, 1, err);
      const lines = `${out}${err}`.trim().split('\n');
      assert.equal(lines.length, env['REELFLOW_SCENARIO'] ? lines.length : 1, err);
      assert.match(lines[0] ?? '', says);
      assert.doesNotMatch(out + err, /\n\s+at /);
    }),
  );
});

test('a data folder where none can be made is one line, and the start does not hang', async (t) => {
  const root = await copyWithScenario(t);
  const { code, err } = await start(root, { REELFLOW_DATA: '/proc/reelflow/data' });
  assert.equal(code, 1);
  assert.match(err, /^Reelflow cannot start: REELFLOW_DATA="\/proc\/reelflow\/data" is not allowed: .*ENOENT/);
});

test('a data folder that cannot be made is one line, not a stack', async (t) => {
  const root = await copyWithScenario(t);
  await writeFile(join(root, 'file'), '');
  const { code, err } = await start(root, { REELFLOW_DATA: join(root, 'file', 'data') });
  assert.equal(code, 1);
  assert.match(err, /^Reelflow cannot start: REELFLOW_DATA=".*\/file\/data" is not allowed: .*ENOTDIR/);
  assert.doesNotMatch(err, /\n\s+at /);
});

test('the first start makes the data folder, a password shown once, and the flows of the scenario', async (t) => {
  const dataRoot = join(await folder(t), 'data');
  const scenario = JSON.stringify([{ id: 'shipped', type: 'tab', label: 'Shipped' }]);
  const options = { plugins: ['plugin-access'], dataRoot, scenario };
  const first = await startStation(options);
  let password = '';
  const modes = async (path: string) => ((await stat(join(dataRoot, path))).mode & 0o777).toString(8);
  try {
    // The welcome follows Node-RED's own lines.
    password = await until(() => /Password +([a-z2-9-]{19})$/m.exec(first.output())?.[1], { what: 'the password' });
    assert.match(first.output(), /Dashboard +http:\/\/127\.0\.0\.1:\d+\/dashboard\n +Flow editor +http:/);
    const login = { authorization: `Basic ${btoa(`admin:${password}`)}` };
    assert.equal((await fetch(`${first.url}/admin/flows`, { headers: login })).status, 200);
    assert.equal(await readFile(join(dataRoot, 'flows.json'), 'utf8'), scenario);
  } finally {
    await first.stop();
  }
  assert.equal(await modes('.'), '700');
  assert.equal(await modes('access'), '700');
  for (const file of ['access/users.json', 'access/session-secret', 'access/credential-secret']) {
    assert.equal(await modes(file), '600', file);
  }

  await writeFile(join(dataRoot, 'flows.json'), '[{"id":"mine","type":"tab","label":"Mine"}]');
  const second = await startStation(options);
  try {
    await until(() => /Flow editor +http:/.test(second.output()), { what: 'the welcome' });
    assert.doesNotMatch(second.output(), /Password/);
    const login = { authorization: `Basic ${btoa(`admin:${password}`)}` };
    const flows = await (await fetch(`${second.url}/admin/flows`, { headers: login })).text();
    assert.match(flows, /Mine/);
    assert.doesNotMatch(flows, /Shipped/);
  } finally {
    await second.stop();
  }
});

test('flows and child processes do not see the admin password', async () => {
  const flow = [
    { id: 'tab', type: 'tab', label: 'Test' },
    { id: 'in', type: 'http in', z: 'tab', url: '/env', method: 'get', wires: [['get']] },
    {
      id: 'get',
      type: 'function',
      z: 'tab',
      func: "msg.payload = String(env.get('REELFLOW_ADMIN_PASSWORD') || 'nothing'); return msg;",
      wires: [['out']],
    },
    { id: 'out', type: 'http response', z: 'tab', statusCode: '200', wires: [] },
  ];
  const station = await startStation({
    plugins: ['plugin-access'],
    flow,
    env: { REELFLOW_ADMIN_PASSWORD: 'right-password' },
  });
  try {
    const login = { authorization: `Basic ${btoa('admin:right-password')}` };
    assert.equal(await (await fetch(`${station.url}/env`, { headers: login })).text(), 'nothing');
    for (const path of ['/admin/settings', '/admin/diagnostics', '/admin/settings/user']) {
      assert.doesNotMatch(
        await (await fetch(station.url + path, { headers: login })).text(),
        /right-password|session-secret/,
      );
    }
  } finally {
    await station.stop();
  }
});
