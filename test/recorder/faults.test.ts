import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type RealRecorder, rtspCamera, startRealRecorder, testCamera } from '../fixtures/real-recorder.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';

const caller = { user: 'test', role: 'admin', via: 'http' } as const;
let cameras: RtspCamera;

before(async () => {
  cameras = await startRtspCamera({ cameras: 2, withAudio: [1], groupOfPictures: 15 });
});
after(() => cameras.stop());

/** A recording whose picture is coming in. */
async function recordingFrom(recorder: RealRecorder, durationMs: number): Promise<string> {
  const { id } = recorder.service.start(undefined, { durationMs }, caller);
  await until(() => recorder.service.progress().some((one) => one.isCapturing && one.durationMs > 1500), {
    timeoutMs: 20_000,
    what: 'the first pictures',
  });
  return id;
}

async function duration(path: string | undefined): Promise<number> {
  const { stdout } = await execa('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'format=duration',
    '-of',
    'csv=p=0',
    path ?? '',
  ]);
  return Number(stdout) * 1000;
}

test('the tool is killed: a new part within 2 s, one file, the gap is listed', async () => {
  const recorder = await startRealRecorder([testCamera('hall')]);
  try {
    const id = await recordingFrom(recorder, 12_000);
    const [first] = recorder.running();
    const killedAt = Date.now();
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await until(() => recorder.running().find((record) => record.id !== first?.id), {
      timeoutMs: 2000,
      what: 'a new part',
    });
    const recording = await recorder.finished(id, 40_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.equal(recording.isDegraded, true);
    assert.equal(recording.tracks.length, 1);
    assert.equal(recording.parts.length, 2);
    assert.equal(recording.gaps.length, 1);
    const [gap] = recording.gaps;
    assert.ok(gap && gap.start > killedAt - 1500 && gap.end < killedAt + 4000, JSON.stringify(recording.gaps));
    assert.match(gap.reason, /SIGKILL/);
    assert.ok(
      Math.abs((await duration(recording.tracks[0]?.path)) - 12_000) < 2000,
      'the gap stays as time in the file',
    );
  } finally {
    await recorder.stop();
  }
});

test('the tool hangs: it is replaced after the stall time and does not survive', async () => {
  const recorder = await startRealRecorder([testCamera('hall')], { stallMs: 3000 });
  try {
    const id = await recordingFrom(recorder, 14_000);
    const [first] = recorder.running();
    process.kill(first?.pid ?? 0, 'SIGSTOP');
    await until(() => recorder.running().find((record) => record.id !== first?.id), {
      timeoutMs: 8000,
      what: 'a new part',
    });
    const recording = await recorder.finished(id, 40_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.match(recording.gaps[0]?.reason ?? '', /stopped delivering/);
    assert.ok(recorder.alarmChanges.includes('raised CAMERA_STALLED'));
    await until(() => !isAlive(first?.pid ?? 0), { timeoutMs: 15_000, what: 'the hanging tool to be gone' });
  } finally {
    await recorder.stop();
  }
});

test('the camera is switched off and on: tried with pauses under one alarm, back by itself, gap listed', async () => {
  const recorder = await startRealRecorder([rtspCamera('hall', cameras.url(1))]);
  try {
    const id = await recordingFrom(recorder, 25_000);
    await cameras.control('off', 1);
    await until(() => recorder.alarms.list().length > 0, { timeoutMs: 15_000, what: 'an alarm' });
    const tried = recorder.store.listCaptures().length;
    await until(() => recorder.store.listCaptures().length > tried, { timeoutMs: 15_000, what: 'another try' });
    await cameras.control('on', 1);
    await until(() => recorder.alarms.list().length === 0, { timeoutMs: 35_000, what: 'the alarm to be over' });
    recorder.service.extend(id, 6000, caller);
    const recording = await recorder.finished(id, 60_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.equal(
      recorder.alarmChanges.filter((change) => change.startsWith('raised CA')).length,
      1,
      String(recorder.alarmChanges),
    );
    assert.equal(recording.gaps.length, 1, JSON.stringify(recording.gaps));
    assert.equal(recording.tracks.length, 1);
  } finally {
    await cameras.control('on', 1);
    await recorder.stop();
  }
});

test('the camera freezes while its control channel lives: noticed, and recorded again when it thaws', async () => {
  const recorder = await startRealRecorder([rtspCamera('hall', cameras.url(2))], { stallMs: 3000 });
  try {
    const id = await recordingFrom(recorder, 30_000);
    await cameras.control('freeze', 2);
    await until(() => recorder.alarms.list()[0], { timeoutMs: 12_000, what: 'an alarm' });
    await cameras.control('thaw', 2);
    await until(() => recorder.alarms.list().length === 0, { timeoutMs: 35_000, what: 'the alarm to be over' });
    const recording = await recorder.finished(id, 60_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.equal(recording.isDegraded, true);
    assert.ok(recording.gaps.length >= 1);
  } finally {
    await cameras.control('thaw', 2);
    await recorder.stop();
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
