import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { cameraStateMessage } from '../../nodes/core/restream/restream-message.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { playedCodecs, type RestreamStation, startRestreamStation } from './fixtures/restream-station.ts';

let cameras: RtspCamera;
let station: RestreamStation;
const plays = (name: string) => playedCodecs(cameras.restreamUrl(name));

before(async () => {
  cameras = await startRtspCamera({ cameras: 4, withAudio: [1], size: '320x240', groupOfPictures: 15 });
  station = await startRestreamStation({ env: { REELFLOW_MEDIA_SERVER: cameras.restreamUrl('').replace(/\/$/, '') } });
});

after(async () => {
  await station?.stop();
  await cameras?.stop();
});

test('RS1 cameras with and without sound are live, and play with what they have', async () => {
  await station.send('add', 'cam1', cameras.url(1));
  await station.send('add', 'cam2', cameras.url(2));
  await station.waitLive('cam1', 60_000);
  await station.waitLive('cam2', 60_000);
  assert.equal(await plays('cam1'), 'h264+aac');
  assert.equal(await plays('cam2'), 'h264');
  const { mode, target } = await station.restream('cam1');
  assert.deepEqual([mode, target], ['push', cameras.restreamUrl('cam1')]);
});

test('RS2 one more camera is played as well, and nothing happens to the others', async () => {
  const before = await cameras.published();
  const tools = station.tools();
  await station.send('add', 'cam3', cameras.url(3));
  await station.waitLive('cam3', 60_000);
  assert.equal(await plays('cam3'), 'h264');
  const now = await cameras.published();
  assert.ok((now['cam1']?.bytes ?? 0) > (before['cam1']?.bytes ?? 0));
  for (const name of ['cam1', 'cam2']) assert.deepEqual(station.tools().get(name), tools.get(name));
  const { figures } = await station.restream('cam1');
  assert.equal(figures.reconnectsPerHour, 0);
});

test('the figures are those of the stream', async () => {
  const json = await station.waitFor(
    'cam1',
    'to have figures',
    ({ figures }) => figures.kilobitsPerSecond !== undefined,
  );
  const { framesPerSecond = 0, kilobitsPerSecond = 0, uptimeMs = 0 } = json.figures;
  assert.ok(framesPerSecond > 10 && framesPerSecond < 20, `${framesPerSecond} frames a second of 15`);
  assert.ok(kilobitsPerSecond > 10 && kilobitsPerSecond < 3000, `${kilobitsPerSecond} kbit/s`);
  assert.ok(uptimeMs > 1000);
});

test('RS19 the bus, /cameras, /metrics and the API say the same, without the logins of the cameras', async (t) => {
  const client = await connectAsync(`mqtt://127.0.0.1:${station.mqttPort}`, {
    username: 'admin',
    password: station.password,
  });
  t.after(() => client.endAsync());
  const heard = new Map<string, string>();
  client.on('message', (topic, payload) => heard.set(topic.split('/').at(-1) ?? '', payload.toString()));
  await client.subscribeAsync('reelflow/+/camera/+', { qos: 1 });
  await until(() => heard.size >= 3, { what: 'three retained states' });
  const plain = (await (await station.api('/cameras')).json()) as Record<string, unknown>[];
  const metrics = await (await station.api('/metrics')).text();
  for (const name of ['cam1', 'cam2', 'cam3']) {
    const message = cameraStateMessage.parse(JSON.parse(heard.get(name) ?? ''));
    const { state, since, figures } = await station.restream(name);
    assert.deepEqual([message.state, message.since], [state, since]);
    const row = plain.find(({ camera }) => camera === name);
    assert.deepEqual([row?.['state'], row?.['since'], row?.['stalls_1h']], [state, since, figures.stallsPerHour]);
    assert.match(metrics, new RegExp(`reelflow_camera_state\\{camera="${name}",state="live"\\} 1`));
    assert.match(metrics, new RegExp(`reelflow_camera_reconnects_per_hour\\{camera="${name}"\\} 0`));
  }
});

test('RS3 a healthy camera that is removed is gone at once, with its process', async () => {
  await station.send('remove', 'cam3', cameras.url(3));
  await until(async () => !('cam3' in (await cameras.published())) && !station.tools().has('cam3'), {
    timeoutMs: 7000,
    what: 'cam3 to be gone',
  });
  assert.equal(await plays('cam3'), '');
  assert.equal((await station.api('/api/v1/restreams/cam3')).status, 404);
});

test('RS4 a camera with another address has one restart, under the same path', async () => {
  const [before] = station.tools().get('cam2') ?? [];
  await station.send('change', 'cam2', cameras.url(1));
  await until(async () => (await plays('cam2')) === 'h264+aac', { timeoutMs: 60_000, what: 'the other picture' });
  const pids = station.tools().get('cam2') ?? [];
  assert.equal(pids.length, 1);
  assert.notEqual(pids[0], before);
  // The same again changes nothing.
  await station.send('add', 'cam2', cameras.url(1));
  await station.waitLive('cam2');
  assert.deepEqual(station.tools().get('cam2'), pids);
});

test('a camera that is switched off is told with its reason, and is live again as soon as it is back', async () => {
  await cameras.control('off', 1);
  await station.waitFor('cam1', 'to be unreachable', ({ state, reason }) => {
    return state === 'unreachable' && reason?.class === 'not-found';
  });
  // Beyond the first pauses, where the next try is half a minute away.
  const { nextTryAt = '' } = await station.waitFor('cam1', 'to wait for long', (json) => {
    return Date.parse(json.nextTryAt ?? '') - Date.now() > 20_000;
  });
  await cameras.control('on', 1);
  await station.waitLive('cam1');
  assert.ok(Date.now() < Date.parse(nextTryAt), 'it did not wait for its pause to end');
  const { outages, figures } = await station.restream('cam1');
  assert.ok(outages.at(-1)?.end !== undefined, JSON.stringify(outages));
  assert.equal(figures.reconnectsPerHour, 1);
});

test('a publisher that is kicked is back, and nobody else is touched', async () => {
  // It has the camera that was switched off.
  await station.waitLive('cam2', 60_000);
  const other = station.tools().get('cam1');
  const { reconnectsPerHour } = (await station.restream('cam2')).figures;
  await cameras.kick('cam2');
  await station.waitFor('cam2', 'to have been restarted', ({ state, figures }) => {
    return state === 'live' && figures.reconnectsPerHour > reconnectsPerHour;
  });
  await until(async () => (await plays('cam2')) === 'h264+aac', { timeoutMs: 30_000, what: 'it to play' });
  assert.deepEqual(station.tools().get('cam1'), other);
});

test('paused, it is stopped and has no process; resumed, it is live', async () => {
  const order = (verb: string) => station.api(`/api/v1/restreams/cam1/${verb}`, { method: 'POST' });
  assert.equal((await order('pause')).status, 200);
  await station.waitFor(
    'cam1',
    'to be stopped',
    ({ state, reason }) => state === 'stopped' && reason?.class === 'paused',
  );
  await until(() => !station.tools().has('cam1'), { what: 'its process to end' });
  assert.equal((await order('restart')).status, 409);
  assert.equal((await order('resume')).status, 200);
  await station.waitLive('cam1');
});
