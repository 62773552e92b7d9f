import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  CoreSchedule,
  hallFolder,
  recordingIn,
  recordingsOf,
  removeHalls,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/* Each endpoint of the core in turn answers with what a portal, a proxy or a broken core may answer, and then works. */
const nonsense = ['<!DOCTYPE html><p>log in</p>', '{"strange": [null]}', ''];
const endpoints = [
  '/services/available.*capture.admin',
  '/services/available.*scheduler',
  '/services/available.*ingest',
  '/recordings/calendars',
  '/capture-admin/agents/[^/]+/configuration',
  '/ingest/createMediaPackageWithID',
  '/ingest/addTrack',
  '/ingest/ingest',
];

let core: StandInCore;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  core = await startOpencastCore();
  await core.control('workflows', { seconds: 3600 });
  dataRoot = await hallFolder([{ name: 'hall', coreUrl: core.url }]);
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
});

test('A33 nonsense at each endpoint in turn: recorded on time, uploaded once, when the core is itself again', async () => {
  for (const path of endpoints) {
    // An agent's own configuration is answered with what it sent: a mere 200 is good enough there.
    const bodies = path.includes('services') || path.includes('configuration') ? nonsense.slice(0, 1) : nonsense;
    for (const body of bodies) await core.control('fault', { path, status: 200, body, times: 1 });
  }
  const start = Math.ceil(Date.now() / 1000) + 60;
  const event = { uid: 'event', agent: 'hall', title: 'Event', start, end: start + 4 };
  await new CoreSchedule(core).set(event);
  station = await startHalls(dataRoot);
  const recording = await recordingIn(station, 'event', 'delivered', 180_000);
  assert.deepEqual(recording.gaps, []);
  assert.ok(Date.parse(recording.start ?? '') <= start * 1000 + 40);
  assert.equal((await recordingsOf(station, 'event')).length, 1);
  await until(async () => statesOf(await core.state(), 'event').at(-1) === 'upload_finished', {
    timeoutMs: 30_000,
    what: 'the last state',
  });
  const state = (await core.state()) as Awaited<ReturnType<StandInCore['state']>> & { faults: { times: number }[] };
  assert.deepEqual(
    state.faults.map(({ times }) => times),
    state.faults.map(() => 0),
    'all of it was answered',
  );
  assert.equal(acceptedOf(state, 'event').length, 1);
});
