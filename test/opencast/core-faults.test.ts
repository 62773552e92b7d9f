import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  alarmsOf,
  type CoreEvent,
  CoreSchedule,
  hallFolder,
  recordingIn,
  removeHalls,
  type ShownRecording,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/* What a core can do to an agent: one station, a hall with a core of its own for each case, all at the same time. */
const names = ['slow', 'away', 'lost', 'failing', 'search', 'moving', 'moved', 'password'] as const;
const slowMs = 90_000;
const ingestType = 'org.opencastproject.ingest';

const cores = new Map<string, StandInCore>();
const schedules = new Map<string, CoreSchedule>();
let station: RunningStation;
let dataRoot = '';

before(async () => {
  for (const name of names) {
    const core = await startOpencastCore();
    cores.set(name, core);
    schedules.set(name, new CoreSchedule(core));
    await core.control('workflows', { seconds: 600 });
  }
  dataRoot = await hallFolder(names.map((name) => ({ name, coreUrl: coreOf(name).url })));
  station = await startHalls(dataRoot);
});
after(async () => {
  await removeHalls(station, dataRoot);
  for (const core of cores.values()) await core.stop();
});

function coreOf(name: string): StandInCore {
  return cores.get(name) ?? assert.fail(name);
}

/** An event of this hall, known to the station when it returns. */
async function book(name: string, more: Partial<CoreEvent> = {}): Promise<CoreEvent> {
  const start = Math.ceil(Date.now() / 1000) + 12;
  const event = { uid: name, agent: name, title: name, start, end: start + 5, ...more };
  await schedules.get(name)?.set(event);
  await until(async () => (await planned()).includes(event.uid), {
    timeoutMs: 15_000,
    what: `${event.uid} to be known`,
  });
  return event;
}

async function planned(): Promise<string[]> {
  const answer = await station.api('/api/v1/schedule');
  const { events } = (await answer.json()) as { events: { uid: string }[] };
  return events.map(({ uid }) => uid);
}

function assertOnTime(recording: ShownRecording, { start, end }: CoreEvent): void {
  assert.ok(Date.parse(recording.start ?? '') <= start * 1000 + 40, `begins at ${recording.start}`);
  assert.ok(Date.parse(recording.end ?? '') >= end * 1000 - 40, `ends at ${recording.end}`);
  assert.deepEqual(recording.gaps, []);
}

async function untilTold(name: string, uid = name, timeoutMs = slowMs): Promise<string[]> {
  const told = async () => statesOf(await coreOf(name).state(), uid);
  await until(async () => (await told()).at(-1) === 'upload_finished', { timeoutMs, what: `the states of ${uid}` });
  return told();
}

const inOrder = ['capturing', 'capture_finished', 'uploading', 'upload_finished'];

describe('faults of the core', { concurrency: true }, () => {
  test('A10 each POST takes 4 s: recorded on time; the states come later, in order', async () => {
    await coreOf('slow').control('fault', { path: '/capture-admin/', method: 'POST', delay: 4, times: -1 });
    const event = await book('slow');
    assertOnTime(await recordingIn(station, 'slow', 'delivered', slowMs), event);
    assert.deepEqual(await untilTold('slow'), inOrder);
  });

  test('A12 away from before the start until after the end: recorded on time, all within 60 s of its return, once', async () => {
    const event = await book('away');
    await coreOf('away').goAway();
    assertOnTime(await recordingIn(station, 'away', 'delivering', slowMs), event);
    await coreOf('away').comeBack();
    await schedules.get('away')?.tell();
    const backAt = performance.now();
    assert.deepEqual(await untilTold('away'), inOrder);
    assert.ok(performance.now() - backAt < 60_000);
    assert.equal(acceptedOf(await coreOf('away').state(), 'away').length, 1);
    await recordingIn(station, 'away', 'delivered', 5000);
  });

  test('A29 the upload of the track fails three times: tried again with pauses, one package, one workflow', async () => {
    await coreOf('failing').control('fault', { path: '/ingest/addTrack', status: 500, times: 3 });
    await book('failing');
    await recordingIn(station, 'failing', 'delivered', slowMs);
    const requests = (await coreOf('failing').requests()).filter(({ path }) => path.startsWith('/ingest/'));
    const steps = requests.map(({ path }) => path.split('/')[2]);
    const track = 'addTrack';
    assert.deepEqual(steps, ['createMediaPackageWithID', track, track, track, track, 'ingest']);
    const [, first, second, third] = requests.map(({ t }) => t);
    assert.ok((second ?? 0) - (first ?? 0) > 2 && (third ?? 0) - (second ?? 0) > (second ?? 0) - (first ?? 0));
    assert.equal(acceptedOf(await coreOf('failing').state(), 'failing').length, 1);
  });

  test('A31 the answer to the last request is lost: the workflow runs once, and that is enough', async () => {
    await coreOf('lost').control('fault', { path: '/ingest/ingest', drop_reply: true, times: 1 });
    await book('lost');
    await recordingIn(station, 'lost', 'delivered', slowMs);
    const { ingested, refused } = await coreOf('lost').state();
    assert.equal(ingested.length, 1);
    assert.ok(refused.length >= 1 && refused.length <= 3, `${refused.length} refusals`);
    const creations = (await coreOf('lost').requests()).filter(({ path }) => path.includes('createMediaPackage'));
    assert.equal(creations.length, 1);
  });

  test('A33 services: a web page, nothing, an empty list: at most one search in 5 s; then the usable one of three', async () => {
    const core = coreOf('search');
    await book('search', { start: Math.ceil(Date.now() / 1000) + 25, end: Math.ceil(Date.now() / 1000) + 30 });
    const seen = (await core.requests()).length;
    // What it knows is asked for anew after a failure.
    await core.control('fault', { path: '/(capture-admin|recordings)/', status: 503, times: -1 });
    for (const body of ['<html>portal</html>', '{"services":""}', '{"services":{"service":[]}}']) {
      const before = await searches(core);
      await core.control('fault', { path: '/services/', status: 200, body, times: 1 });
      await until(async () => (await searches(core)) >= before + 1, { timeoutMs: 60_000, what: 'a search' });
    }
    const all = (await core.requests()).slice(seen).filter(({ path }) => path.startsWith('/services/'));
    const bad = all.filter((one) => 'note' in one);
    const pauses = bad.slice(1).map(({ t }, index) => t - (bad[index]?.t ?? 0));
    assert.ok(Math.min(...pauses) > 4.9, `searched again after ${Math.min(...pauses)} s`);
    await core.control('clear_faults');
    const service = {
      type: ingestType,
      host: core.url,
      path: '/ingest',
      active: true,
      online: true,
      maintenance: false,
    };
    const usable = { ...service, service_state: 'NORMAL' };
    await core.control('services', {
      [ingestType]: [
        { ...usable, host: 'http://127.0.0.1:9', online: false },
        { ...usable, host: 'http://127.0.0.1:9', maintenance: true },
        usable,
      ],
    });
    await recordingIn(station, 'search', 'delivered', slowMs + 40_000);
    assert.equal(acceptedOf(await core.state(), 'search').length, 1);
  });

  test('A34 the ingest service moves between two events, capture-admin too: both are found', async () => {
    const from = coreOf('moving');
    const to = coreOf('moved');
    await book('moving');
    await recordingIn(station, 'moving', 'delivered', slowMs);
    const service = { host: to.url, active: true, online: true, maintenance: false, service_state: 'NORMAL' };
    const admin = 'org.opencastproject.capture.admin';
    await from.control('services', {
      [ingestType]: [{ ...service, type: ingestType, path: '/ingest' }],
      [admin]: [{ ...service, type: admin, path: '/capture-admin' }],
    });
    await from.control('fault', { path: '/capture-admin/', status: 503, times: -1 });
    const event = await book('moving', { uid: 'moving-2' });
    await to.control('events', [event]);
    await recordingIn(station, 'moving-2', 'delivered', slowMs);
    assert.equal(acceptedOf(await from.state(), 'moving').length, 1);
    assert.equal(acceptedOf(await to.state(), 'moving-2').length, 1);
    assert.deepEqual(await untilTold('moved', 'moving-2'), inOrder);
  });

  test('A35 the password is refused: said, two logins a minute at most, recorded all the same, uploaded afterwards', async () => {
    const core = coreOf('password');
    const event = await book('password');
    await core.goAway();
    await core.comeBack('another');
    const changedAt = Date.now() / 1000;
    assertOnTime(await recordingIn(station, 'password', 'delivering', slowMs), event);
    const alarm = await until(
      async () => (await alarmsOf(station)).find(({ key }) => key === 'opencast:password-agent'),
      { timeoutMs: slowMs, what: 'the alarm' },
    );
    assert.equal(alarm.code, 'OPENCAST_LOGIN');
    assert.match(alarm.message, /user, password/);
    await until(() => Date.now() / 1000 > changedAt + 35, { timeoutMs: 40_000, what: 'half a minute of it' });
    const tries = (await core.requests()).filter(({ t, status }) => t > changedAt && status !== 200);
    assert.ok(tries.length >= 1 && tries.length <= 3, `${tries.length} logins in 35 s`);
    await core.goAway();
    await core.comeBack();
    await schedules.get('password')?.tell();
    await recordingIn(station, 'password', 'delivered', slowMs);
    assert.deepEqual(await untilTold('password'), inOrder);
  });
});

async function searches(core: StandInCore): Promise<number> {
  return (await core.requests()).filter(({ path }) => path.startsWith('/services/')).length;
}
