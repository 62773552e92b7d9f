import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { processesOf } from '../fixtures/child-processes.ts';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  CoreSchedule,
  hallFolder,
  recordingIn,
  removeHalls,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

let core: StandInCore;
let schedule: CoreSchedule;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  core = await startOpencastCore();
  await core.control('workflows', { seconds: 600 });
  schedule = new CoreSchedule(core);
  dataRoot = await hallFolder([{ name: 'hall', coreUrl: core.url }]);
  station = await startHalls(dataRoot);
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
});

const tools = () => processesOf(join(dataRoot, 'captures'));

test('A13 A15 stopped while it records, started while the core is away: both events on time, uploaded once it is back', async () => {
  const start = Math.ceil(Date.now() / 1000) + 12;
  const running = { uid: 'running', agent: 'hall', title: 'Running', start, end: start + 20 };
  const later = { uid: 'later', agent: 'hall', title: 'Later', start: start + 34, end: start + 39 };
  await schedule.set(running, later);
  await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
  await recordingIn(station, 'running', 'recording', 30_000);
  await until(async () => statesOf(await core.state(), 'running').includes('capturing'), { what: 'capturing' });
  const before = tools();
  assert.equal(before.length, 1);
  const stoppedAt = performance.now();
  process.kill(station.pid, 'SIGTERM');
  await station.exited;
  assert.ok(performance.now() - stoppedAt < 10_000);
  assert.equal((await core.state()).agents['hall']?.state, 'offline');
  // By design the tool goes on: a restart costs no picture.
  assert.deepEqual(tools(), before);
  await core.goAway();
  station = await startHalls(dataRoot);
  for (const { uid, start: begin, end } of [running, later]) {
    const recording = await recordingIn(station, uid, 'delivering', 60_000);
    assert.deepEqual(recording.gaps, [], uid);
    assert.equal(recording.parts.length, 1, uid);
    assert.ok(
      Date.parse(recording.start ?? '') <= begin * 1000 + 40 && Date.parse(recording.end ?? '') >= end * 1000 - 40,
    );
    await execa('ffmpeg', ['-v', 'error', '-xerror', '-i', recording.tracks[0]?.path ?? '', '-f', 'null', '-']);
  }
  await core.comeBack();
  await core.control('workflows', { seconds: 600 });
  await schedule.tell();
  for (const uid of ['running', 'later']) {
    await recordingIn(station, uid, 'delivered', 60_000);
    await until(async () => statesOf(await core.state(), uid).at(-1) === 'upload_finished', {
      timeoutMs: 60_000,
      what: 'the states',
    });
    assert.equal(acceptedOf(await core.state(), uid).length, 1);
  }
  const said = ['capturing', 'capture_finished', 'uploading', 'upload_finished'];
  assert.deepEqual(statesOf(await core.state(), 'later'), said);
  assert.deepEqual(statesOf(await core.state(), 'running'), said.slice(1), 'the first was told before the core went');
});
