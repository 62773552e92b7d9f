import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { type RestreamStation, startRestreamStation } from './fixtures/restream-station.ts';

let cameras: RtspCamera;
let station: RestreamStation;

before(async () => {
  cameras = await startRtspCamera({
    cameras: 2,
    withAudio: [1],
    audioCodec: 'pcma',
    size: '320x240',
    groupOfPictures: 15,
  });
  const at = { z: 'tab', x: 100, y: 300, version: 1 };
  station = await startRestreamStation({
    more: [
      { ...at, id: 'sent-in', type: 'http in', url: '/test-sent', method: 'post', wires: [['sent', 'out']] },
      { ...at, id: 'sent', type: 'capture-restream', target: cameras.restreamUrl('{path}'), wires: [[], []] },
      { id: 'hall-camera', type: 'capture-camera', version: 1, name: 'hall', kind: 'restream', restreamed: 'Hall 2' },
      { ...at, id: 'recorder', type: 'capture-recorder', cameras: ['hall-camera'], wires: [[], []] },
    ],
  });
  await station.send('add', 'Hall 1', cameras.url(1), { recordLoop: { hours: 1 } });
  await station.send('add', 'Hall 2', cameras.url(2), {}, '/test-sent');
  await Promise.all([station.waitLive('Hall-1', 60_000), station.waitLive('Hall-2', 60_000)]);
});

after(async () => {
  await station?.stop();
  await cameras?.stop();
});

const login = () => `Authorization: Basic ${Buffer.from(`admin:${station.password}`).toString('base64')}\r\n`;

/** Codecs of a stream as a player sees it. */
async function played(path: string): Promise<string[]> {
  const words = ['-v', 'error', '-headers', login(), '-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
  const { stdout } = await execa('ffprobe', [...words, station.url + path], { timeout: 30_000, stdin: 'ignore' });
  // A transport stream lists them below its program as well.
  return [...new Set(stdout.trim().split(/[\n,]+/))].sort();
}

test('without a media server the station serves the camera itself, its sound as browsers take it', async () => {
  const { mode } = await station.restream('Hall-1');
  assert.equal(mode, 'embedded');
  assert.deepEqual(await played('/live/Hall-1/index.m3u8'), ['aac', 'h264']);
});

test('nothing is to be had without a login, and nothing but the stream', async () => {
  const bare = await fetch(`${station.url}/live/Hall-1/index.m3u8`, { redirect: 'manual' });
  assert.ok([302, 401].includes(bare.status), String(bare.status));
  for (const path of ['tool.log', '..%2Ftool.log', 'job.txt', '%2e%2e%2f%2e%2e%2fflows.json']) {
    assert.equal((await station.api(`/live/Hall-1/${path}`)).status, 404, path);
  }
});

test('a few pieces lie on the disk, however long it runs', async () => {
  const folder = join(station.dataRoot, 'restream/Hall-1/live');
  await until(() => readdirSync(folder).filter((name) => name.endsWith('.ts')).length >= 7, {
    timeoutMs: 60_000,
    what: 'seven pieces',
  });
  const newest = () => Math.max(...readdirSync(folder).map((name) => Number.parseInt(name, 10) || 0));
  const first = newest();
  await until(() => newest() >= first + 3, { timeoutMs: 30_000, what: 'three more' });
  assert.ok(readdirSync(folder).length <= 11, readdirSync(folder).join(' '));
});

test('a camera that is sent elsewhere is shown from there, while somebody looks', async () => {
  assert.equal((await station.restream('Hall-2')).mode, 'push');
  assert.deepEqual(await played('/live/Hall-2/index.m3u8'), ['h264']);
  // Of the other as well: from its HLS.
  for (const camera of ['Hall-2', 'Hall-1']) {
    const picture = await station.api(`/live/${camera}/picture.jpg`);
    assert.equal(picture.status, 200, camera);
    const bytes = new Uint8Array(await picture.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 2)], [0xff, 0xd8]);
  }
  assert.ok(((await cameras.published())['Hall-2']?.readers ?? 0) >= 1, 'read from the media server');
});

test('a recorder takes the restreamed camera from the media server', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'Restreamed', durationMs: 4000 });
  const made = await station.api('/api/v1/recordings', { method: 'POST', headers, body });
  assert.equal(made.status, 201, `${await made.clone().text()} ${station.log().slice(-800)}`);
  const { id } = (await made.json()) as { id: string };
  const recording = await until(
    async () => {
      const json = (await (await station.api(`/api/v1/recordings/${id}`)).json()) as {
        state: string;
        tracks: { durationMs: number }[];
      };
      assert.notEqual(json.state, 'failed', JSON.stringify(json));
      return ['recorded', 'delivered'].includes(json.state) && json;
    },
    { timeoutMs: 60_000, what: 'the recording' },
  );
  assert.ok((recording.tracks[0]?.durationMs ?? 0) > 2000, JSON.stringify(recording.tracks));
});

test('what is recorded round the clock is listed, and plays while it is being written', async () => {
  const answer = await station.api('/api/v1/restreams/Hall-1/loop');
  const { pieces } = (await answer.json()) as { pieces: { start: string; url: string; sizeBytes: number }[] };
  assert.ok(pieces.length >= 1 && (pieces[0]?.sizeBytes ?? 0) > 10_000, JSON.stringify(pieces));
  assert.ok(Math.abs(Date.now() - Date.parse(pieces[0]?.start ?? '')) < 600_000);
  assert.deepEqual(await played(pieces[0]?.url ?? ''), ['aac', 'h264']);
});

test('what this station serves itself has a bit rate too', async () => {
  await station.waitFor('Hall-1', 'a bit rate', ({ figures }) => (figures.kilobitsPerSecond ?? 0) > 0, 60_000);
});
