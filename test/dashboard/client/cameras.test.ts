import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraFields, fieldsOf, probeWords, settingsOf } from '../../../dashboard/client/camera-form.ts';
import {
  bitRate,
  type ListedCameraJson,
  lookOf,
  matchesSearch,
  outageBars,
  type RestreamJson,
  wallFilters,
  wallOf,
} from '../../../dashboard/client/cameras.ts';

const listed = (name: string, more: object = {}): ListedCameraJson => ({
  ...{ id: `own:${name}`, path: name, name, address: `rtsp://10.0.0.1/${name}`, hasSecret: false },
  ...{ listId: 'own', isOwn: true, options: {}, ...more },
});
const restream = (camera: string, more: Partial<RestreamJson> = {}): RestreamJson => ({
  ...{ id: camera, camera, name: camera, state: 'live', since: '2026-11-26T10:00:00.000Z', isPaused: false },
  figures: { reconnectsPerHour: 0, stallsPerHour: 0 },
  ...{ outages: [], live: { playlistUrl: '', stillUrl: '', streamUrl: '' }, ...more },
});

test('the wall has every camera once, in the order of its numbers, with its state in words', () => {
  const reason = { class: 'refused', message: 'nobody listens there' };
  const wall = wallOf(
    [listed('cam10'), listed('cam2'), listed('cam3')],
    [
      restream('cam2'),
      restream('cam10', { state: 'unreachable', reason }),
      restream('by-hand', { state: 'stopped', isPaused: true }),
    ],
  );
  assert.deepEqual(
    wall.map((one) => `${one.name}: ${lookOf(one).word}`),
    ['by-hand: Paused', 'cam2: Live', 'cam3: Not restreamed', 'cam10: Away'],
  );
  const counts = wallFilters.map((filter) => wall.filter((one) => filter.matches(one)).length);
  assert.deepEqual(counts.slice(0, 3), [4, 1, 2]);
  const found = (search: string) => wall.filter((one) => matchesSearch(one, search)).map(({ name }) => name);
  assert.deepEqual(
    [found('LISTENS'), found('cam 10.0.0.1/cam2'), found('')].map((names) => names.length),
    [1, 1, 4],
  );
});

test('outages of the last day as bars, short ones still to be seen, old ones cut', () => {
  const now = Date.parse('2026-11-26T12:00:00.000Z');
  const message = 'gone';
  const bars = outageBars(
    [
      { start: '2026-11-20T00:00:00.000Z', end: '2026-11-20T01:00:00.000Z', class: 'x', message },
      { start: '2026-11-25T06:00:00.000Z', end: '2026-11-25T18:00:00.000Z', class: 'x', message },
      { start: '2026-11-26T11:59:59.000Z', class: 'x', message },
    ],
    now,
  );
  assert.deepEqual(
    bars.map(({ left, width }) => [left, width].map((value) => value.toFixed(3))),
    [
      ['0.000', '0.250'],
      ['0.997', '0.003'],
    ],
  );
});

test('figures for people', () => {
  assert.deepEqual([undefined, 64, 4200].map(bitRate), ['', '64 kbit/s', '4.2 Mbit/s']);
  const tracks = [{ kind: 'video' as const, codec: 'h264', width: 640, height: 360 }];
  assert.equal(probeWords({ ok: true, tracks }), 'It answers: h264 640x360, no sound.');
  assert.equal(probeWords({ ok: false, reason: 'refused', message: 'nobody listens there' }), 'nobody listens there');
});

test('the form gives what was filled in; a change says what was taken away and leaves the login alone', () => {
  const fresh: CameraFields = {
    ...fieldsOf(undefined),
    name: ' Gate ',
    url: ' rtsp://h/ ',
    password: 'p',
    audio: 'none',
  };
  assert.deepEqual(settingsOf(fresh, undefined), {
    ...{ name: 'Gate', url: 'rtsp://h/', password: 'p', options: { audio: 'none' } },
  });
  const before = listed('Gate', {
    options: { audio: 'aac', target: 'rtsp://t/x' },
    parts: { make: 'axis', host: 'h', port: 8554, stream: 'sub' },
  });
  const fields = { ...fieldsOf(before), port: '', audio: 'auto' };
  assert.deepEqual(settingsOf(fields, before), {
    ...{ name: 'Gate', make: 'axis', host: 'h', port: null, channel: null, stream: 'sub' },
    options: { target: 'rtsp://t/x' },
  });
  assert.deepEqual(settingsOf({ ...fields, way: 'url', url: 'rtsp://h/', hasNoLogin: true }, before), {
    ...{ name: 'Gate', url: 'rtsp://h/', user: null, password: null, options: { target: 'rtsp://t/x' } },
  });
});
