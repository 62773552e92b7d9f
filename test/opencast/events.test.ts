import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execa } from 'execa';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  CoreSchedule,
  fieldOf,
  type Hall,
  hallFolder,
  recordingIn,
  recordingsOf,
  removeHalls,
  type ShownRecording,
  smallPicture,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/*
 * What becomes of events, from the core's calendar to the accepted upload: one station with a hall for each case, all
 * at the same time, on one core.
 */
const oneGroupMs = 1100;
const slowMs = 60_000;
const slides = { ...smallPicture, flavor: 'presentation/source' };

let core: StandInCore;
let schedule: CoreSchedule;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  core = await startOpencastCore();
  schedule = new CoreSchedule(core);
  const names = ['plain', 'longer', 'shorter', 'over', 'deleted', 'moved', 'seams', 'old', 'slow'];
  const halls: Hall[] = names.map((name) => ({ name, coreUrl: core.url }));
  const cameras = { camera: smallPicture, screen: slides };
  halls.push({ name: 'inputs', coreUrl: core.url, cameras, ingest: { tags: '* = archive, hd' } });
  // 20 s and more for what a small picture has in some seconds.
  const slow = halls.find(({ name }) => name === 'slow');
  if (slow) slow.ingest = { rateMbit: 0.008, parallel: 1 };
  dataRoot = await hallFolder(halls);
  station = await startHalls(dataRoot);
  await core.control('workflows', { seconds: 600 });
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
});

/** Seconds since 1970, so far ahead that every hall has read of it. */
function soon(seconds = 12): number {
  return Math.ceil(Date.now() / 1000) + seconds;
}

async function book(agent: string, start: number, lengthSeconds: number, more: object = {}): Promise<void> {
  await schedule.set({ uid: agent, agent, title: agent, start, end: start + lengthSeconds, ...more });
  await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
}

async function refreshAfter(change: Promise<void>): Promise<void> {
  await change;
  await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
}

/** Recorded completely, with at most a group of pictures more at each end; the file says the same. */
async function assertCovers(recording: ShownRecording, start: number, end: number): Promise<void> {
  const [track] = recording.tracks;
  const late = Date.parse(recording.start ?? '') - start * 1000;
  const extra = Date.parse(recording.end ?? '') - end * 1000;
  assert.ok(late <= 40 && late > -oneGroupMs, `begins ${late} ms late`);
  assert.ok(extra >= -40 && extra < 1000, `ends ${extra} ms after the end`);
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', track?.path ?? ''];
  const { stdout } = await execa('ffprobe', args);
  const wanted = (end - start) * 1000 - late + extra;
  assert.ok(Math.abs(Number(stdout) * 1000 - wanted) < 500, `${stdout} s in the file instead of ${wanted} ms`);
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.isDegraded, false);
}

/** One recording, one upload, one workflow, the states in order. */
async function assertOnce(uid: string): Promise<void> {
  const finished = ['capturing', 'capture_finished', 'uploading', 'upload_finished'];
  await until(async () => statesOf(await core.state(), uid).at(-1) === 'upload_finished', { what: 'the last state' });
  const state = await core.state();
  assert.deepEqual(statesOf(state, uid), finished);
  assert.equal(acceptedOf(state, uid).length, 1);
  assert.equal(state.ingested.filter(({ config }) => config['title'] === uid).length, 0);
  assert.equal((await recordingsOf(station, uid)).length, 1);
}

describe('events', { concurrency: true }, () => {
  test('A03 A04 an event is recorded completely and uploaded, each request in its order', async () => {
    const start = soon();
    await book('plain', start, 8, { props: { 'org.opencastproject.workflow.config.publish.to': 'a=b' } });
    await assertCovers(await recordingIn(station, 'plain', 'delivered', slowMs), start, start + 8);
    await assertOnce('plain');
    const [accepted] = acceptedOf(await core.state(), 'plain');
    assert.equal(accepted?.wf, 'fast');
    assert.equal(accepted?.config['publish.to'], 'a=b');
    assert.equal(accepted?.config['straightToPublishing'], 'true');
  });

  test('A08 an event that has ended is not recorded', async () => {
    await book('old', soon(-40), 20);
    await recordingIn(station, 'plain', 'delivered', slowMs);
    assert.deepEqual(await recordingsOf(station, 'old'), []);
  });

  test('A16 prolonged by 12 s while it runs: one file to the new end', async () => {
    const start = soon();
    await book('longer', start, 8);
    await recordingIn(station, 'longer', 'recording', slowMs);
    await refreshAfter(schedule.change('longer', { end: start + 20 }));
    await assertCovers(await recordingIn(station, 'longer', 'delivered', slowMs), start, start + 20);
    await assertOnce('longer');
  });

  test('A17 shortened while it runs: it ends then; shortened to the past: at once', async () => {
    const start = soon();
    await book('shorter', start, 60);
    await book('over', start, 60);
    await recordingIn(station, 'shorter', 'recording', slowMs);
    await until(() => Date.now() / 1000 > start + 4, { what: 'four seconds of it' });
    await schedule.change('over', { end: start + 2 });
    await refreshAfter(schedule.change('shorter', { end: start + 8 }));
    const toldAt = Date.now() / 1000;
    await assertCovers(await recordingIn(station, 'shorter', 'delivered', slowMs), start, start + 8);
    const over = await recordingIn(station, 'over', 'delivered', slowMs);
    const end = Date.parse(over.end ?? '') / 1000;
    assert.ok(end > start + 4 && end < toldAt + 2, `ended ${end - toldAt} s after it was known`);
    await assertOnce('shorter');
    await assertOnce('over');
  });

  test('deleted while it runs: recorded to its end, uploaded once', async () => {
    const start = soon();
    await book('deleted', start, 10);
    await recordingIn(station, 'deleted', 'recording', slowMs);
    // What the core has never heard of, it does not take a state for.
    await until(async () => statesOf(await core.state(), 'deleted').length > 0, { what: 'its first state' });
    await refreshAfter(schedule.remove('deleted'));
    await assertCovers(await recordingIn(station, 'deleted', 'delivered', slowMs), start, start + 10);
    await assertOnce('deleted');
  });

  test('A19 its start is moved by 6 s while it runs: one recording, one upload', async () => {
    const start = soon();
    await book('moved', start, 10);
    await recordingIn(station, 'moved', 'recording', slowMs);
    await refreshAfter(schedule.change('moved', { start: start + 6, end: start + 16 }));
    await assertCovers(await recordingIn(station, 'moved', 'delivered', slowMs), start, start + 16);
    await assertOnce('moved');
  });

  test('A21 eight events back to back: eight files, eight uploads, nothing lost at a seam', async () => {
    const start = soon();
    const uids = Array.from({ length: 8 }, (_, index) => `seam-${index}`);
    const events = uids.map((uid, index) => {
      const begin = start + index * 4;
      return { uid, agent: 'seams', title: uid, start: begin, end: begin + 4 };
    });
    await refreshAfter(schedule.set(...events));
    for (const [index, uid] of uids.entries()) {
      const recording = await recordingIn(station, uid, 'delivered', slowMs + 32_000);
      await assertCovers(recording, start + index * 4, start + index * 4 + 4);
      await assertOnce(uid);
    }
  });

  test('A27 A28 the event names one input: that track only; it names none: all, with flavors and tags, on one node', async () => {
    const start = soon();
    const names = { 'capture.device.names': 'inputs-screen' };
    await schedule.set(
      { uid: 'one', agent: 'inputs', title: 'One', start, end: start + 3, props: names },
      { uid: 'both', agent: 'inputs', title: 'Both', start: start + 5, end: start + 8 },
    );
    await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
    for (const uid of ['one', 'both']) await recordingIn(station, uid, 'delivered', slowMs);
    const state = await core.state();
    const tracks = (uid: string) =>
      ((acceptedOf(state, uid)[0]?.el ?? []) as [string, string, string, string[]][]).map(
        ([kind, , flavor, tags]) => `${kind} ${flavor} ${tags.join()}`,
      );
    assert.deepEqual(tracks('one'), ['track presentation/source archive,hd']);
    assert.deepEqual(tracks('both'), ['track presenter/source archive,hd', 'track presentation/source archive,hd']);
    for (const uid of ['one', 'both']) await assertOnce(uid);
  });

  test('A38 a long upload: told within a second, heartbeats go on, and capturing goes before uploading', async () => {
    const start = soon();
    await schedule.set(
      { uid: 'slow', agent: 'slow', title: 'Slow', start, end: start + 10 },
      { uid: 'slow-2', agent: 'slow', title: 'Slow 2', start: start + 18, end: start + 22 },
    );
    await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
    await recordingIn(station, 'slow', 'delivered', 120_000);
    await assertOnce('slow');
    const requests = await core.requests();
    const upload = requests.find(
      (one) => one.path === '/ingest/addTrack' && fieldOf(one, 'mediaPackage')?.includes('id="slow"'),
    );
    const begun = upload?.t ?? 0;
    const ended = upload?.t_end ?? 0;
    assert.ok(ended - begun > 15, `an upload of ${ended - begun} s`);
    const beats = requests
      .filter(({ path, method }) => method === 'POST' && path === '/capture-admin/agents/slow')
      .map((one) => ({ at: one.t, state: fieldOf(one, 'state') }));
    const uploading = beats.find(({ at, state }) => state === 'uploading' && at > begun - 2);
    assert.ok(uploading && uploading.at < begun + 1, `uploading was told ${(uploading?.at ?? 0) - begun} s late`);
    const during = beats.filter(({ at }) => at >= uploading.at && at < ended);
    const longest = during.slice(1).map(({ at }, index) => at - (during[index]?.at ?? 0));
    assert.ok(Math.max(...longest) < 8, `no heartbeat for ${Math.max(...longest)} s`);
    const both = during.filter(({ at }) => at > start + 19 && at < start + 21.5);
    assert.ok(
      both.every(({ state }) => state === 'capturing'),
      JSON.stringify(during),
    );
    const order = during.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
    assert.deepEqual(order.slice(0, 3), ['uploading', 'capturing', 'uploading']);
  });
});
