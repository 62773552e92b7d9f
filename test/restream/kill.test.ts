import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { endProcessesOf, isAlive } from '../fixtures/child-processes.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import {
  commandLine,
  type RestreamStation,
  restreamFlow,
  startRestreamStation,
  toolsOf,
} from './fixtures/restream-station.ts';

const names = ['cam1', 'cam2', 'cam3', 'cam4', 'cam5'];
let cameras: RtspCamera;
let dataRoot: string;
let env: Record<string, string>;
let station: RestreamStation | undefined;

before(async () => {
  cameras = await startRtspCamera({ cameras: 5, withAudio: [1], size: '320x240', login: 'admin:s3cret' });
  dataRoot = mkdtempSync(join(tmpdir(), 'restream-kill-'));
  writeFileSync(join(dataRoot, 'flows.json'), JSON.stringify(restreamFlow()));
  env = { REELFLOW_MEDIA_SERVER: cameras.restreamUrl('').replace('//', '//admin:s3cret@').replace(/\/$/, '') };
  station = await start();
  for (const [index, name] of names.entries()) await station.send('add', name, cameras.url(index + 1));
  for (const name of names) await station.waitLive(name);
});

after(async () => {
  await station?.stop();
  await endProcessesOf(dataRoot);
  await cameras?.stop();
  rmSync(dataRoot, { recursive: true, force: true, maxRetries: 3 });
});

const start = () => startRestreamStation({ env, dataRoot });
const pids = () => Object.fromEntries(toolsOf(dataRoot));

test('no camera password stands in a command line', () => {
  for (const [name, [pid = 0]] of toolsOf(dataRoot)) {
    // The media server's login does: FFmpeg takes the address of an output from nowhere else (docs/restream.md).
    const words = commandLine(pid).split(' ').slice(0, -2).join(' ');
    assert.doesNotMatch(words, /s3cret/, name);
  }
});

test('RS16 kill -9 of the runtime: the very same processes go on, one for each path', async () => {
  const before = pids();
  await station?.kill9();
  for (const [pid = 0] of Object.values(before)) assert.ok(isAlive(pid));
  station = await start();
  for (const name of names) await station.waitLive(name);
  assert.deepEqual(pids(), before);
  const { figures } = await station.restream('cam1');
  assert.equal(figures.reconnectsPerHour, 0);
});

test('a runtime that does not come back leaves no stream behind', async () => {
  await station?.kill9();
  await until(() => toolsOf(dataRoot).size === 0, { timeoutMs: 40_000, what: 'the streams to end' });
  station = await start();
  for (const name of names) await station.waitLive(name);
});

test('RS16 SIGTERM: all streams end within 10 s, and the exit code is 0', async () => {
  assert.equal(toolsOf(dataRoot).size, 5);
  const startedAt = performance.now();
  process.kill(station?.pid ?? 0, 'SIGTERM');
  const end = await station?.exited;
  await until(() => toolsOf(dataRoot).size === 0, { timeoutMs: 10_000, what: 'the streams to end' });
  assert.ok(performance.now() - startedAt < 10_000);
  assert.deepEqual(end, { code: 0, signal: null });
});
