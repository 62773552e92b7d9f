import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { endProcessesOf } from '../fixtures/child-processes.ts';
import { type ClockCamera, readClockPictures, startClockCamera } from '../fixtures/clock-camera.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

interface RecordingJson {
  id: string;
  state: string;
  title: string;
  isDegraded: boolean;
  parts: { input: string }[];
  gaps: { start: string; end: string; reason: string }[];
  tracks: { url: string }[];
}

let camera: ClockCamera;

before(async () => {
  camera = await startClockCamera();
});
after(() => camera.stop());

function flowFor(url: string): string {
  const common = { z: 'tab', x: 100, y: 100 };
  return JSON.stringify([
    { id: 'tab', type: 'tab', label: 'Test' },
    { id: 'camera-1', type: 'capture-camera', name: 'hall', version: 1, kind: 'rtsp', url, profile: 'copy' },
    { ...common, id: 'recorder-1', type: 'capture-recorder', version: 1, cameras: ['camera-1'], wires: [[], []] },
  ]);
}

async function withData(use: (dataRoot: string) => Promise<void>): Promise<void> {
  const dataRoot = await mkdtemp(join(tmpdir(), 'kill-'));
  await writeFile(join(dataRoot, 'flows.json'), flowFor(camera.url));
  try {
    await use(dataRoot);
  } finally {
    await endProcessesOf(dataRoot);
    await rm(dataRoot, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function read(
  station: RunningStation,
  id: string,
): Promise<RecordingJson & { progress?: { durationMs: number; isCapturing: boolean }[] }> {
  const answer = await station.api(`/api/v1/recordings/${id}`);
  assert.equal(answer.status, 200);
  return (await answer.json()) as RecordingJson;
}

async function startRecording(station: RunningStation, durationMs: number): Promise<string> {
  const answer = await until(
    async () => {
      const reply = await station.api('/api/v1/recordings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Kill', durationMs }),
      });
      return reply.status === 201 ? reply : undefined;
    },
    { timeoutMs: 10_000, what: 'the recorder to take a request' },
  );
  const { id } = (await answer.json()) as RecordingJson;
  await until(async () => ((await read(station, id)).progress?.[0]?.durationMs ?? 0) > 3000, {
    timeoutMs: 20_000,
    what: 'the first seconds',
  });
  return id;
}

async function finished(station: RunningStation, id: string, timeoutMs: number): Promise<RecordingJson> {
  return until(
    async () => {
      const recording = await read(station, id);
      return ['recorded', 'delivered', 'failed'].includes(recording.state) ? recording : undefined;
    },
    { timeoutMs, everyMs: 200, what: 'the recording to be finished' },
  );
}

async function download(station: RunningStation, recording: RecordingJson, dataRoot: string): Promise<string> {
  const answer = await station.api(recording.tracks[0]?.url ?? '');
  assert.equal(answer.status, 200);
  const path = join(dataRoot, 'download.mp4');
  await writeFile(path, new Uint8Array(await answer.arrayBuffer()));
  return path;
}

test('kill -9 of the runtime, restarted 10 s later: one file, no missing picture', async () => {
  await withData(async (dataRoot) => {
    const first = await startStation({ dataRoot });
    const id = await startRecording(first, 30_000);
    await first.kill9();
    const killedAt = Date.now();
    await until(() => Date.now() - killedAt > 10_000, { timeoutMs: 11_000, what: 'ten seconds without a runtime' });
    const second = await startStation({ dataRoot });
    try {
      const recording = await finished(second, id, 60_000);
      assert.equal(recording.state, 'recorded', JSON.stringify(recording));
      assert.equal(recording.tracks.length, 1);
      assert.equal(recording.parts.length, 1);
      assert.deepEqual(recording.gaps, []);
      const numbers = (await readClockPictures(await download(second, recording, dataRoot))).map(
        ({ number }) => number,
      );
      assert.ok(numbers.length >= 25 * 29.5, `${numbers.length} pictures`);
      for (let index = 1; index < numbers.length; index += 1) {
        assert.equal(numbers[index], (numbers[index - 1] ?? 0) + 1, `after picture ${index}`);
      }
    } finally {
      await second.stop();
    }
  });
});

test('kill -9 of everything: two parts in one file, the gap is stated', async () => {
  await withData(async (dataRoot) => {
    const first = await startStation({ dataRoot });
    const id = await startRecording(first, 120_000);
    const capturedMs = (await read(first, id)).progress?.[0]?.durationMs ?? 0;
    const cutAt = Date.now();
    await first.kill9();
    await endProcessesOf(dataRoot);
    await until(() => Date.now() - cutAt > 4000, { timeoutMs: 5000, what: 'four seconds of darkness' });
    const second = await startStation({ dataRoot });
    try {
      await until(
        async () => {
          const [progress] = (await read(second, id)).progress ?? [];
          return progress?.isCapturing && progress.durationMs > capturedMs + 5000;
        },
        { timeoutMs: 60_000, what: 'the first seconds of the second part' },
      );
      await second.api(`/api/v1/recordings/${id}/stop`, { method: 'POST' });
      const recording = await finished(second, id, 60_000);
      assert.equal(recording.state, 'recorded', JSON.stringify(recording));
      assert.equal(recording.isDegraded, true);
      assert.equal(recording.tracks.length, 1);
      assert.equal(recording.parts.length, 2);
      assert.equal(recording.gaps.length, 1, JSON.stringify(recording.gaps));
      const [gap] = recording.gaps;
      assert.ok(
        gap && Math.abs(Date.parse(gap.start) - cutAt) < 2000,
        'the gap begins at the cut, less what was not flushed',
      );
      assert.match(gap.reason, /station was off/);
      const pictures = await readClockPictures(await download(second, recording, dataRoot));
      assert.ok(
        pictures.some(({ takenAt }) => takenAt < cutAt - 1000) &&
          pictures.some(({ takenAt }) => takenAt > cutAt + 4000),
      );
    } finally {
      await second.stop();
    }
  });
});
