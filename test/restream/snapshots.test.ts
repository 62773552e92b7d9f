import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { type RestreamStation, startRestreamStation } from './fixtures/restream-station.ts';

/** Pictures of cameras, from the node and over HTTP. */
let cameras: RtspCamera;
let station: RestreamStation;

before(async () => {
  cameras = await startRtspCamera({ size: '640x360', groupOfPictures: 15, login: 'viewer:hunter2' });
  const at = { z: 'tab', x: 100, y: 300, version: 1 };
  station = await startRestreamStation({
    more: [
      { ...at, id: 'snap-in', type: 'http in', url: '/test-snap', method: 'post', wires: [['snap', 'out']] },
      { ...at, id: 'snap', type: 'capture-probe', snapshot: true, wires: [[], ['keep']] },
      { ...at, id: 'keep', type: 'function', func: 'global.set(msg.payload.camera.name, msg.payload)', wires: [[]] },
      { ...at, id: 'found-in', type: 'http in', url: '/test-found/:name', method: 'get', wires: [['found']] },
      {
        ...{ ...at, id: 'found', type: 'function', wires: [['out-found']] },
        func: 'const kept = global.get(msg.req.params.name) ?? {};\nmsg.payload = kept;\nreturn msg;',
      },
      { ...at, id: 'out-found', type: 'http response', wires: [] },
    ],
  });
});

after(async () => {
  await station?.stop();
  await cameras?.stop();
});

interface Found {
  probe?: { ok: boolean; reason?: string };
  snapshot?: { ok: boolean; jpeg?: { type: string; data: number[] } };
}
const found = (name: string): Promise<Found> =>
  until(
    async () => {
      const kept = (await (await station.api(`/test-found/${name}`)).json()) as Found;
      return kept.probe && kept;
    },
    { what: `what was found of ${name}`, timeoutMs: 60_000 },
  );

async function sizeOf(jpeg: Uint8Array): Promise<string> {
  const argv = ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', '-i', 'pipe:0'];
  return (await execa('ffprobe', argv, { input: jpeg })).stdout.trim();
}

const snap = (body: object) =>
  station.api('/api/v1/camera-snapshots', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('the node gives out a picture of a camera, and none of one that does not answer', async () => {
  await station.send('add', 'gate', cameras.url(1), {}, '/test-snap');
  await station.send('add', 'away', 'rtsp://127.0.0.1:1/x', {}, '/test-snap');
  const { probe, snapshot } = await found('gate');
  assert.deepEqual([probe?.ok, snapshot?.ok, snapshot?.jpeg?.type], [true, true, 'Buffer']);
  assert.equal(await sizeOf(Buffer.from(snapshot?.jpeg?.data ?? [])), 'mjpeg,640,360');
  const away = await found('away');
  assert.deepEqual([away.probe?.reason, away.snapshot], ['refused', undefined]);
});

test('the same over HTTP, with the login in the settings; without a picture the reason is the code', async () => {
  const [user, password] = ['viewer', 'hunter2'];
  const url = cameras.url(1).replace(`${user}:${password}@`, '');
  const answer = await snap({ url, user, password });
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/jpeg']);
  assert.equal(await sizeOf(new Uint8Array(await answer.arrayBuffer())), 'mjpeg,640,360');
  const refusals: [object, string][] = [
    [{ url, user, password: 'not-hunter2' }, 'SNAPSHOT_UNAUTHORISED'],
    [{ url: url.replace(/[^/]*$/, 'nothing'), user, password }, 'SNAPSHOT_NOT_FOUND'],
    [{ url: 'rtsp://127.0.0.1:1/x' }, 'SNAPSHOT_REFUSED'],
  ];
  for (const [settings, code] of refusals) {
    const refused = await snap(settings);
    const problem = (await refused.json()) as { code: string; detail: string };
    assert.deepEqual([refused.status, problem.code], [502, code]);
    assert.doesNotMatch(problem.detail, /hunter2/);
  }
  assert.equal((await snap({ camera: 'nobody' })).status, 404);
});
