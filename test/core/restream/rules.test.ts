import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedCamera } from '../../../nodes/core/camera-list/listed-camera.ts';
import type { ProbeResult } from '../../../nodes/core/camera-list/probe-result.ts';
import { backOff } from '../../../nodes/core/restream/back-off.ts';
import { classifyEnd, classifyProbe } from '../../../nodes/core/restream/failure.ts';
import { CameraHistory } from '../../../nodes/core/restream/history.ts';
import { RateMeter } from '../../../nodes/core/restream/rate-meter.ts';
import { StallWatch } from '../../../nodes/core/restream/stall-watch.ts';
import { placeOf, targetOf } from '../../../nodes/core/restream/target.ts';

const middle = 0.5;

test('pauses after failures are 1, 2, 5, 10, 30, then 60 s, spread by 20 %', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 100].map(
    (failures) => backOff('refused', { failures }, 0, middle).delayMs / 1000,
  );
  assert.deepEqual(delays, [1, 2, 5, 10, 30, 60, 60, 60]);
  assert.equal(backOff('refused', { failures: 5 }, 0, 0).delayMs, 48_000);
  assert.equal(backOff('refused', { failures: 5 }, 0, 1).delayMs, 72_000);
});

test('60 s live, and a failure counts as the first again; 59 s are not enough', () => {
  const before = { failures: 5, reason: 'ended' } as const;
  assert.deepEqual(backOff('ended', before, 60_000, middle), { failures: 1, reason: 'ended', delayMs: 1000 });
  assert.equal(backOff('ended', before, 59_000, middle).failures, 6);
});

test('what was live and fails for another reason than before counts as the first; what never came up does not', () => {
  const before = { failures: 5, reason: 'not-found' } as const;
  assert.deepEqual(backOff('dropped', before, 2000, middle), { failures: 1, reason: 'dropped', delayMs: 1000 });
  assert.equal(backOff('refused', before, 0, middle).failures, 6);
});

test('a refused login has one more try, then pauses of 5 to 30 min that are never cut short', () => {
  const minutes = [0, 1, 2, 3, 4, 5, 50].map(
    (failures) => backOff('unauthorised', { failures }, 0, 0).delayMs / 60_000,
  );
  assert.deepEqual(minutes, [2 / 60, 5, 10, 20, 30, 30, 30]);
});

/** What FFmpeg 5.1 wrote, and how it ended. */
const ends: [what: string, reason: string, exitCode: number, lines: string[]][] = [
  ['path unknown', 'not-found', 1, ['[rtsp @ 0x1] [error] method DESCRIBE failed: 404 Not Found']],
  [
    'camera off',
    'refused',
    1,
    ['[tcp @ 0x1] [error] Connection to tcp://192.0.2.1:554?timeout=5000000 failed: Connection refused'],
  ],
  [
    'wrong password',
    'unauthorised',
    1,
    [
      '[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized',
      "[concat @ 0x2] [error] Impossible to open 'rtsp://a:b@192.0.2.1/cam1'",
    ],
  ],
  [
    'no such host',
    'no-host',
    1,
    ['[tcp @ 0x1] [error] Failed to resolve hostname nix.invalid: Name or service not known'],
  ],
  ['nothing comes', 'timeout', 0, ['[error] rtsp://192.0.2.1/cam: Connection timed out']],
  ['no picture', 'no-video', 1, ["[fatal] Stream map '0:v:0' matches no streams."]],
  ['the camera closed the connection', 'ended', 0, []],
  [
    'media server off',
    'media-server-away',
    1,
    [
      '[tcp @ 0x1] [error] Connection to tcp://192.0.2.9:8554?timeout=0 failed: Connection refused',
      '[error] Could not write header for output file #0 (incorrect codec parameters ?): Connection refused',
    ],
  ],
  [
    'media server wants a login',
    'media-server-refused',
    1,
    [
      '[rtsp @ 0x1] [error] method ANNOUNCE failed: 401 Unauthorized',
      '[error] Could not write header for output file #0 (incorrect codec parameters ?): Server returned 401 Unauthorized (authorization failed)',
    ],
  ],
  [
    'somebody publishes there',
    'path-taken',
    1,
    [
      '[rtsp @ 0x1] [error] method ANNOUNCE failed: 503 Service Unavailable',
      '[error] Could not write header for output file #0 (incorrect codec parameters ?): Server returned 5XX Server Error reply',
    ],
  ],
  ['kicked', 'dropped', 1, ['[error] av_interleaved_write_frame(): Broken pipe']],
  ['ended by somebody', 'killed', 255, ['[error] Exiting normally, received signal 15.']],
];

for (const [what, reason, exitCode, lines] of ends) {
  test(`FFmpeg's end is understood: ${what}`, () => {
    const found = classifyEnd({ exitCode, signal: null, lines });
    assert.equal(found.class, reason);
    assert.ok(!found.message.includes('a:b'));
  });
}

test('what a probe said is understood, and never repeats a login', () => {
  assert.equal(classifyProbe('pipe:0: Server returned 401 Unauthorized (authorization failed)').class, 'unauthorised');
  assert.equal(classifyProbe('rtsp://h/x: Invalid data found when processing input').class, 'timeout');
  const odd = classifyProbe('[x] rtsp://me:secret@h/x: Something new');
  assert.equal(odd.class, 'unknown');
  assert.ok(!odd.message.includes('secret') && odd.message.includes('Something new'));
});

const camera = (options: ListedCamera['options'] = {}): ListedCamera => ({
  ...{ id: 'list:1', name: 'Hall 1', url: 'rtsp://u:p@192.0.2.1/stream', options },
});
const auto = { target: '', mode: 'auto' } as const;
const server = { url: 'rtsp://media:8554/site/' };
const api = { ...server, apiUrl: 'http://media:9997' };

test('where a camera goes: its own target, the node, the media server with its prefix, else HLS of our own', () => {
  const at = (options: ListedCamera['options'], target: string, place: { url?: string }) => {
    const found = targetOf(camera(options), 'Hall-1', { ...auto, target }, place, undefined, true);
    return found.kind === 'push' ? `${found.format} ${found.url}` : found.kind;
  };
  assert.equal(
    at({ target: 'srt://far:9000?streamid=x' }, 'rtmp://node/live', server),
    'mpegts srt://far:9000?streamid=x',
  );
  assert.equal(at({}, 'rtmp://node/live', server), 'flv rtmp://node/live/Hall-1');
  assert.equal(at({}, 'rtsp://node/{path}/main', server), 'rtsp rtsp://node/Hall-1/main');
  assert.equal(at({}, '', server), 'rtsp rtsp://media:8554/site/Hall-1');
  assert.equal(at({}, '', {}), 'embedded');
});

test('the media server fetches a camera when copying is enough and it has an API, until that has failed too often', () => {
  const kind = (options: ListedCamera['options'], mayPull = true, codec = 'h264') => {
    const probe: ProbeResult = { ok: true, at: 0, tracks: [{ kind: 'video', codec }] };
    return targetOf(camera(options), 'Hall-1', auto, api, probe, mayPull).kind;
  };
  assert.equal(kind({}), 'pull');
  for (const options of [{ audio: 'opus' }, { width: 640 }, { wallClock: true }, { mode: 'ffmpeg' }] as const) {
    assert.equal(kind(options), 'push', JSON.stringify(options));
  }
  assert.equal(kind({ video: 'h264' }), 'push');
  assert.equal(kind({}, false), 'push');
  assert.equal(kind({}, true, 'mjpeg'), 'push');
  assert.deepEqual(targetOf(camera(), 'Hall-1', auto, api, undefined, true), {
    kind: 'pull',
    path: 'site/Hall-1',
    url: 'rtsp://media:8554/site/Hall-1',
  });
});

test('pull without what it needs is an error that says so', () => {
  const pull = { target: '', mode: 'pull' } as const;
  assert.throws(() => targetOf(camera(), 'x', pull, {}, undefined, true), /REELFLOW_MEDIA_SERVER and/);
  assert.throws(() => targetOf(camera(), 'x', pull, server, undefined, true), /REELFLOW_MEDIA_SERVER_API/);
  assert.throws(() => targetOf(camera(), 'x', { ...pull, target: 'rtsp://h/x' }, api, undefined, true), /of its own/);
});

test('where a connection goes', () => {
  assert.deepEqual(placeOf('rtsp://u:p@[2001:db8::1]/x'), { host: '2001:db8::1', port: 554 });
  assert.deepEqual(placeOf('rtsp://h:8554/x'), { host: 'h', port: 8554 });
  assert.equal(placeOf('srt://h:9000'), undefined);
});

test('a picture that stands still is noticed; a runtime that stood still itself is not taken for it', () => {
  const watch = new StallWatch(0);
  assert.equal(watch.see({ sign: '10' }, 2000), false, 'the first sign may be old');
  assert.equal(watch.see({ sign: '20' }, 4000), true);
  for (let at = 6000; at <= 14_000; at += 2000) assert.equal(watch.see({ sign: '20' }, at), false);
  assert.equal(watch.quietMs, 10_000);
  watch.see({ sign: '20' }, 80_000);
  assert.equal(watch.quietMs, 15_000, 'a minute asleep counts as 5 s');
  assert.equal(watch.see({ sign: '21' }, 82_000), true);
  assert.equal(watch.quietMs, 0);
});

test('rates are those of the last ten seconds, and of one stream', () => {
  const meter = new RateMeter();
  assert.deepEqual(meter.figures(), {});
  for (let second = 0; second <= 20; second++) {
    const bytes = { total: second * 125_000, atMs: second * 1000 };
    meter.see({ sign: '', frames: second < 10 ? second * 5 : 50 + (second - 10) * 25, bytes }, second * 1000);
  }
  assert.deepEqual(meter.figures(), { framesPerSecond: 25, kilobitsPerSecond: 1000 });
  meter.see({ sign: '', frames: 1 }, 21_000);
  assert.equal(meter.figures().framesPerSecond, undefined);
});

test('outages: one from first failure to live, kept, its reason made better, gone after a day', () => {
  const saved: string[] = [];
  const store = {
    outages: () => [],
    saveOutage: (_camera: string, outage: object) => void saved.push(JSON.stringify(outage)),
    dropOutages: () => {},
  };
  const history = new CameraHistory('x', store, 0);
  history.down(1000, { class: 'ended', message: 'ended' });
  history.down(2000, { class: 'refused', message: 'refused' });
  history.down(3000, { class: 'timeout', message: 'timeout' });
  history.up(5000);
  assert.deepEqual(history.outages(6000), [{ start: 1000, end: 5000, class: 'refused', message: 'refused' }]);
  assert.equal(saved.length, 3);
  assert.deepEqual(history.outages(5000 + 24 * 3600_000), []);
  history.reconnect(10_000, false);
  history.reconnect(20_000, true);
  assert.deepEqual(history.perHour(30_000), { reconnectsPerHour: 2, stallsPerHour: 1 });
  assert.deepEqual(history.perHour(15_000 + 3600_000), { reconnectsPerHour: 1, stallsPerHour: 1 });
});
