import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processesOf } from '../fixtures/child-processes.ts';
import { listenForNotifications } from '../fixtures/notify-socket.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'systemd-'));
const watchdogMs = 2000;
let socket: Awaited<ReturnType<typeof listenForNotifications>>;
let station: RunningStation;

before(async () => {
  socket = await listenForNotifications(join(folder, 'socket'));
  // A service of a machine that speaks German.
  const locale = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' };
  const contract = { NOTIFY_SOCKET: socket.address, WATCHDOG_USEC: String(watchdogMs * 1000), WATCHDOG_PID: undefined };
  station = await startStation({ env: { ...contract, ...locale } });
});
after(async () => {
  await station?.stop();
  socket?.stop();
});

test('ready once, then signs of life, and a line about what comes', async () => {
  const [ready] = await until(() => socket.with('READY').length > 0 && socket.with('READY'), { what: 'READY=1' });
  assert.match(ready?.fields['STATUS'] ?? '', /^(idle; next|recording) "/);
  const before = socket.with('WATCHDOG').length;
  await until(() => socket.with('WATCHDOG').length >= before + 3, { what: 'three signs of life' });
  assert.equal(socket.with('READY').length, 1);
});

test('the line says what is recorded; the capture can not speak for the service, and speaks English', async () => {
  const body = JSON.stringify({ title: 'Ad hoc', durationMs: 60_000 });
  const headers = { 'content-type': 'application/json' };
  const answer = await station.api('/api/v1/recordings', { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  await until(() => socket.with('STATUS').some(({ fields }) => fields['STATUS']?.startsWith('recording ')), {
    what: 'the line to say so',
  });
  const environments = () =>
    processesOf(station.dataRoot)
      .filter((pid) => pid !== station.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('ffmpeg'))
      .map((pid) => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  const found = await until(() => environments().length > 0 && environments(), { what: 'the capture' });
  for (const environment of found) {
    assert.doesNotMatch(environment, /NOTIFY_SOCKET|WATCHDOG_|LANGUAGE/);
    // Which complaints are a full disk is known by FFmpeg's words.
    assert.ok(environment.split('\0').includes('LC_ALL=C.UTF-8'), environment);
  }
});

test('a runtime that hangs gives no sign of life', async () => {
  const hangMs = 3 * watchdogMs;
  // A user's function that blocks the event loop, the usual way to hang a Node-RED.
  const flow = {
    label: 'hang',
    nodes: [
      { id: 'inject-hang', type: 'inject', once: true, onceDelay: 0.1, props: [], wires: [['function-hang']] },
      {
        id: 'function-hang',
        type: 'function',
        func: `const end = Date.now() + ${hangMs}; while (Date.now() < end); return msg;`,
        outputs: 1,
        wires: [[]],
      },
    ],
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await station.api('/admin/flow', { method: 'POST', headers, body: JSON.stringify(flow) });
  assert.equal(answer.status, 200);
  const longestGap = () => {
    const times = socket.with('WATCHDOG').map(({ at }) => at);
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  };
  await until(() => longestGap() > hangMs - watchdogMs / 2, { what: 'a gap, and a sign of life after it' });
});

test('says goodbye', async () => {
  await station.stop();
  await until(() => socket.with('STOPPING').length > 0, { what: 'STOPPING=1' });
});

test('the unit is one that systemd takes', () => {
  const unit = readFileSync(join(import.meta.dirname, '../../docker/reelflow.service'), 'utf8');
  const file = join(folder, 'reelflow.service');
  // Only the program has to be there already.
  writeFileSync(file, unit.replace('/opt/reelflow/node_modules/.bin/node', process.execPath));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
});
