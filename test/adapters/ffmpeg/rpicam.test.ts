import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { probeFile } from '../../../nodes/adapters/ffmpeg/ffprobe.ts';
import type { CameraSource } from '../../../nodes/core/camera/camera.ts';
import { isAlive } from '../../fixtures/child-processes.ts';
import { captureBench, makeCamera, shippedProfile } from '../../fixtures/tools/capture-bench.ts';
import { until } from '../../fixtures/until.ts';

const fake = join(import.meta.dirname, '../../fixtures/tools/fake-rpicam-vid.ts');
const source: CameraSource = {
  kind: 'rpicam',
  camera: 0,
  width: 320,
  height: 240,
  frameRate: 30,
  audio: { system: 'alsa', device: 'hw:1,0' },
};

/** Puts the fake on the PATH, under the name of the real one. */
async function installRpicam(t: TestContext, mode = '') {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-rpicam-'));
  const { PATH = '' } = process.env;
  const script = `#!/bin/sh\nFAKE_RPICAM=${mode} exec ${process.execPath} ${fake} "$@"\n`;
  await writeFile(join(folder, 'rpicam-vid'), script, { mode: 0o755 });
  process.env['PATH'] = folder + delimiter + PATH;
  t.after(async () => {
    process.env['PATH'] = PATH;
    await rm(folder, { recursive: true, force: true });
  });
}

async function begin(t: TestContext, more: Partial<typeof source> = {}) {
  const bench = await captureBench(t);
  const capture = await bench.begin(
    makeCamera({ ...source, ...more } as CameraSource, { profile: shippedProfile('copy') }),
  );
  const feeder = async () => {
    const text = await readFile(join(capture.record.directory, 'feeder.json'), 'utf8');
    return (JSON.parse(text) as { pid: number }).pid;
  };
  return { bench, capture, feeder };
}

test('a Raspberry Pi camera is recorded through a pipe between two tools that both outlive us', async (t) => {
  await installRpicam(t);
  const { bench, capture, feeder } = await begin(t);
  const pid = await feeder();
  const status = await until(
    async () => {
      const now = await capture.status();
      return now.mediaMs > 2000 && now.luma !== undefined && now.levelDbfs !== undefined && now;
    },
    { timeoutMs: 20_000, what: 'media of the camera' },
  );
  assert.ok(Math.abs((status.framesPerSecond ?? 0) - 30) < 1, `${status.framesPerSecond}`);
  const adopted = await bench.engine.adopt(capture.record);
  assert.ok(adopted, 'another runtime finds it');
  await adopted.stop();
  await capture.exited;
  assert.ok(!isAlive(pid), 'the camera is free again');
  const { tracks } = await probeFile(join(capture.record.directory, 'capture.mp4'));
  assert.deepEqual(
    tracks.map(({ kind, codec }) => `${kind} ${codec}`),
    ['video h264', 'audio aac'],
  );
});

test('a camera tool that hangs does not keep the camera', async (t) => {
  await installRpicam(t, 'hang');
  const { capture, feeder } = await begin(t);
  const pid = await feeder();
  await until(async () => (await capture.status()).mediaMs > 500, { timeoutMs: 20_000, what: 'media' });
  await capture.stop();
  await until(() => !isAlive(pid), { what: 'the camera tool to be gone' });
});

test('a camera that is not there ends the capture, and the log has its words', async (t) => {
  await installRpicam(t);
  const { capture } = await begin(t, { camera: 1 });
  const exit = await capture.exited;
  assert.match(exit.lastLines.join('\n'), /no cameras available/);
});

test('without the tool it is said by name', async (t) => {
  const bench = await captureBench(t);
  await assert.rejects(bench.begin(makeCamera(source)), (error: Error & { code: string }) => {
    assert.equal(error.code, 'TOOL_MISSING');
    assert.match(error.message, /"rpicam-vid" is not installed/);
    return true;
  });
});
