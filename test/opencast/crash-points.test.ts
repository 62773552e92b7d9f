import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/*
 * kill -9 of the runtime at each step of one event's life, from before its start to its accepted upload: armed, recording,
 * at its end, and while each request of the upload is under way. What a core was asked for it does, whoever has died.
 */
const requests = [
  'serviceType=org.opencastproject.ingest',
  '/ingest/createMediaPackageWithID',
  '/ingest/addTrack',
  '/ingest/ingest',
];
const slowMs = 60_000;

let core: StandInCore;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  core = await startOpencastCore();
  await core.control('workflows', { seconds: 3600 });
  dataRoot = await hallFolder([{ name: 'hall', coreUrl: core.url }]);
  station = await startHalls(dataRoot);
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
});

async function killAndStart(): Promise<void> {
  await station.kill9();
  station = await startHalls(dataRoot);
}

/** Its tool is in the journal. One that dies before that takes the tool with it, and says so as a gap. */
async function untilNoted(): Promise<void> {
  const database = new DatabaseSync(join(dataRoot, 'reelflow.sqlite'), { readOnly: true });
  try {
    const noted = () =>
      database
        .prepare('SELECT body FROM captures')
        .all()
        .some(({ body }) => /"pid":[1-9]/.test(String(body)) && !/"endedAt"/.test(String(body)));
    await until(noted, { timeoutMs: slowMs, everyMs: 20, what: 'the tool to be in the journal' });
  } finally {
    database.close();
  }
}

/** A fault that waits for a path to be asked for has fired. */
async function isUnderWay(path: string): Promise<boolean> {
  const { faults } = (await core.state()) as unknown as { faults: { path: string; times: number }[] };
  return faults.some((fault) => fault.path === path && fault.times === 0);
}

async function untilTime(seconds: number): Promise<void> {
  await until(() => Date.now() / 1000 >= seconds, { timeoutMs: slowMs, everyMs: 10, what: 'the time' });
}

test('killed at every step: one complete file, one workflow, states in order', async (context) => {
  const start = Math.ceil(Date.now() / 1000) + 16;
  const event = { uid: 'hunted', agent: 'hall', title: 'Hunted', start, end: start + 30 };
  await new CoreSchedule(core).set(event);
  await recordingIn(station, 'hunted', 'armed', slowMs);
  // Each step of the upload is under way for two seconds, in which the runtime dies; the core does it all the same.
  for (const path of requests) await core.control('fault', { path, delay: 2, times: 1 });
  await untilNoted();
  await killAndStart();
  await recordingIn(station, 'hunted', 'recording', slowMs);
  await untilNoted();
  await killAndStart();
  await untilTime(event.end + 0.3);
  await killAndStart();
  for (const path of requests) {
    await until(async () => await isUnderWay(path), {
      timeoutMs: slowMs,
      everyMs: 20,
      what: `${path} to be under way; ${station.log().split('\n').slice(-5).join('\n')}`,
    });
    await killAndStart();
    context.diagnostic(`killed at ${path}`);
  }
  // Refused three times because its workflow runs, it counts as accepted; a person need not wait for the pauses.
  await until(
    async () => {
      const [one] = await recordingsOf(station, 'hunted');
      if (one?.state === 'delivered') return true;
      const headers = { 'content-type': 'application/json' };
      await station.api(`/api/v1/recordings/${one?.id}/deliver`, { method: 'POST', headers });
      return false;
    },
    { timeoutMs: slowMs, everyMs: 1000, what: 'the upload to be over' },
  );
  const recording = await recordingIn(station, 'hunted', 'delivered', slowMs);
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.parts.length, 1);
  assert.ok(Date.parse(recording.start ?? '') <= start * 1000 + 40);
  assert.ok(Date.parse(recording.end ?? '') >= event.end * 1000 - 40);
  assert.equal((await recordingsOf(station, 'hunted')).length, 1);
  await until(async () => statesOf(await core.state(), 'hunted').at(-1) === 'upload_finished', {
    what: 'the last state',
  });
  const state = await core.state();
  assert.equal(acceptedOf(state, 'hunted').length, 1);
  assert.equal(state.ingested.length, 1);
  // The refusals after the last kill are told as what they are; a state whose answer was lost comes twice.
  const told = statesOf(state, 'hunted')
    .filter((one) => one !== 'upload_error')
    .filter((one, index, all) => one !== all[index - 1]);
  assert.deepEqual(told, ['capturing', 'capture_finished', 'uploading', 'upload_finished']);
});
