import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execa } from 'execa';
import { killQuietly, processesOf } from '../fixtures/child-processes.ts';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import {
  acceptedOf,
  CoreSchedule,
  fieldOf,
  hallFolder,
  recordingIn,
  removeHalls,
  startHalls,
  statesOf,
} from '../fixtures/opencast-halls.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/* What cameras and capture tools can do to an agent: one station, a hall for each case, all at the same time. */
const slowMs = 90_000;
const picture = ['-f', 'lavfi', '-i', 'testsrc=size=64x36:rate=10'];
const encoded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];

let cameras: RtspCamera;
let core: StandInCore;
let schedule: CoreSchedule;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  cameras = await startRtspCamera({ size: '64x36', framesPerSecond: 10, groupOfPictures: 10 });
  await cameras.control('off');
  core = await startOpencastCore();
  schedule = new CoreSchedule(core);
  await core.control('workflows', { seconds: 600 });
  const six = ['ffmpeg', '-nostdin', '-v', 'error', '-re', ...picture, '-t', '6', ...encoded, '{{dir}}/camera.mp4'];
  const early = { kind: 'command', command: six.join(' '), outputs: 'camera.mp4' };
  const coreUrl = core.url;
  dataRoot = await hallFolder([
    { name: 'early', coreUrl, cameras: { camera: early } },
    { name: 'killed', coreUrl },
    { name: 'crashed', coreUrl },
    { name: 'absent', coreUrl, cameras: { camera: { kind: 'rtsp', url: cameras.url() } } },
    {
      name: 'dark',
      coreUrl,
      cameras: { camera: { kind: 'file', path: '{{folder}}/dark.mp4' } },
      recorder: { silenceWarningSeconds: 4, blackWarningSeconds: 4 },
    },
  ]);
  const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=mono', '-c:a', 'aac'];
  await execa('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'color=black:size=64x36:rate=10', ...silence],
    ...['-t', '4', ...encoded, join(dataRoot, 'dark.mp4')],
  ]);
  station = await startHalls(dataRoot);
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
  await cameras?.stop();
});

async function book(uid: string, lengthSeconds: number): Promise<{ start: number; end: number }> {
  const start = Math.ceil(Date.now() / 1000) + 12;
  const event = { uid, agent: uid, title: uid, start, end: start + lengthSeconds };
  await schedule.set(event);
  await station.api('/api/v1/schedule/refresh', { method: 'POST', headers: { 'content-type': 'application/json' } });
  return event;
}

function toolOf(hall: string): number | undefined {
  return processesOf(join(dataRoot, 'captures')).find((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).includes(`-${hall}-camera-`);
    } catch {
      return false; // ended meanwhile
    }
  });
}

async function isMarked(uid: string): Promise<void> {
  const state = await core.state();
  const [accepted, ...more] = acceptedOf(state, uid);
  assert.deepEqual(more, []);
  assert.equal(accepted?.config['degraded'], 'true');
  const tags = ((accepted?.el ?? []) as [string, string, string, string[]][]).map(([, , , marks]) => marks.join());
  assert.ok(tags.length > 0 && tags.every((mark) => mark === 'degraded'), tags.join());
}

describe('faults of cameras and tools', { concurrency: true }, () => {
  test('A23 the tool ends by itself with code 0 after 6 s: restarted within 2 s, one upload of all parts, marked', async () => {
    await book('early', 13);
    const recording = await recordingIn(station, 'early', 'delivered', slowMs);
    // Files of a tool of one's own stay as it wrote them: one for each part.
    assert.ok(recording.parts.length >= 2, `${recording.parts.length} parts`);
    assert.equal(recording.tracks.length, recording.parts.length);
    const [first] = recording.gaps;
    const gapMs = Date.parse(first?.end ?? '') - Date.parse(first?.start ?? '');
    assert.ok(gapMs < 3500, `restarted after ${gapMs} ms`);
    await isMarked('early');
  });

  for (const [hall, signal] of [
    ['killed', 'SIGKILL'],
    ['crashed', 'SIGSEGV'],
  ] as const) {
    test(`A24 the tool is ended by ${signal}: as A23, and never a plain success`, async () => {
      const { start } = await book(hall, 12);
      await until(() => Date.now() / 1000 > start + 4, { timeoutMs: 30_000, what: 'four seconds of it' });
      killQuietly(toolOf(hall) ?? assert.fail('no tool'), signal);
      const recording = await recordingIn(station, hall, 'delivered', slowMs);
      assert.equal(recording.isDegraded, true);
      assert.equal(recording.tracks.length, 1);
      assert.equal(recording.parts.length, 2);
      assert.match(recording.gaps[0]?.reason ?? '', new RegExp(signal));
      await isMarked(hall);
    });
  }

  test('A26 no camera: tried with pauses, told once, agent in error; it comes back and the rest is recorded', async () => {
    const { start, end } = await book('absent', 40);
    const states = async () => statesOf(await core.state(), 'absent');
    await until(async () => (await states()).includes('capture_error'), { timeoutMs: slowMs, what: 'capture_error' });
    await until(async () => (await core.state()).agents['absent']?.state === 'error', { what: 'the agent in error' });
    const tries = station
      .log()
      .split('\n')
      .filter((line) => line.includes('absent-camera: the capture tool ended'));
    assert.ok(tries.length >= 2 && tries.length <= 10, `${tries.length} tries`);
    const backAt = Date.now();
    await cameras.control('on');
    const recording = await recordingIn(station, 'absent', 'delivered', slowMs);
    assert.ok(backAt > start * 1000);
    // To the accuracy with which the time of the first picture is known.
    assert.ok(Date.parse(recording.start ?? '') > backAt - 250);
    assert.ok(Date.parse(recording.end ?? '') >= end * 1000 - 100);
    await isMarked('absent');
    await until(async () => (await states()).at(-1) === 'upload_finished', { what: 'the last state' });
    assert.deepEqual(await states(), [
      ...['capturing', 'capture_error', 'capturing', 'capture_finished', 'uploading', 'upload_finished'],
    ]);
    await until(async () => (await core.state()).agents['absent']?.state === 'idle', { what: 'the agent to be idle' });
  });

  test('A47 silence and a black picture: a warning each, counted; the recording goes on', async () => {
    await book('dark', 12);
    const recording = await recordingIn(station, 'dark', 'delivered', slowMs);
    assert.deepEqual(recording.warnings.map(({ code }) => code).sort(), ['BLACK_PICTURE', 'SILENCE']);
    assert.deepEqual(recording.gaps, []);
    const metrics = await (await station.api('/metrics')).text();
    assert.match(metrics, /reelflow_recording_warnings_total\{code="SILENCE"\} 1/);
    assert.match(metrics, /reelflow_recording_warnings_total\{code="BLACK_PICTURE"\} 1/);
  });
});

test('each upload went to the core once', async () => {
  const ingests = (await core.requests()).filter(({ path }) => path === '/ingest/ingest');
  assert.equal(ingests.length, 5);
  assert.ok(ingests.every((one) => fieldOf(one, 'workflowDefinitionId') === 'fast'));
});
