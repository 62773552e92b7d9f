import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMediaMtx } from '../fixtures/media-mtx-server.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { startRestreamStation } from './fixtures/restream-station.ts';

let cameras: RtspCamera;
before(async () => {
  cameras = await startRtspCamera({ cameras: 2, withAudio: [1], size: '320x240' });
});
after(() => cameras?.stop());

test('RS20 the media server fetches cameras, and again after its restart', async (t) => {
  const server = await startMediaMtx();
  t.after(() => server.stop());
  const station = await startRestreamStation({
    env: { REELFLOW_MEDIA_SERVER: 'rtsp://127.0.0.1:9/site', REELFLOW_MEDIA_SERVER_API: server.apiUrl },
  });
  t.after(() => station.stop());
  await station.send('add', 'cam1', cameras.url(1));
  const { mode } = await station.waitLive('cam1');
  assert.equal(mode, 'pull');
  assert.equal(station.tools().size, 0, 'no process of ours');
  const set = (await server.configured())['site/cam1'];
  assert.equal(set?.['source'], cameras.url(1));
  await station.waitFor('cam1', 'a bit rate', ({ figures }) => (figures.kilobitsPerSecond ?? 0) > 0);

  await server.restart();
  await until(async () => (await server.configured())['site/cam1'], {
    timeoutMs: 10_000,
    what: 'the path to be set up again',
  });
  const { state, figures } = await station.restream('cam1');
  assert.deepEqual([state, figures.reconnectsPerHour], ['live', 0]);

  await station.send('change', 'cam1', cameras.url(2));
  await until(async () => (await server.configured())['site/cam1']?.['source'] === cameras.url(2), {
    what: 'the other source',
    timeoutMs: 20_000,
  });
  await station.waitLive('cam1');
  // What only our own process can do is done by one.
  await server.source('site/cam1', false);
  await station.waitFor('cam1', 'to be unreachable', (json) => json.state === 'unreachable');
  await server.source('site/cam1', true);
  await station.waitLive('cam1', 60_000);

  await station.send('remove', 'cam1', cameras.url(2));
  await until(async () => Object.keys(await server.configured()).length === 0, { what: 'the path to be removed' });
});
