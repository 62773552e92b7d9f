import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cameraOf } from '../../nodes/capture-camera/camera-of.ts';
import register from '../../nodes/capture-camera/capture-camera.ts';
import { cameraConfig } from '../../nodes/capture-camera/config.ts';
import { CameraRegistry } from '../../nodes/core/camera/camera-registry.ts';
import type { Station } from '../../nodes/core/station.ts';
import { readAs } from '../../nodes/kit/plain-issue.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';

const rtsp = { name: 'hall-1', kind: 'rtsp', url: 'rtsp://10.0.0.5/stream' };

function camera(fields: object, credentials: Record<string, string> = {}) {
  return cameraOf('id', readAs(cameraConfig, { name: 'hall-1', ...fields }, 'CONFIG_INVALID'), credentials);
}

async function start(t: TestContext, flow: object[], credentials: object = {}) {
  const cameras = new CameraRegistry();
  provideStation({ cameras } as unknown as Station);
  const runtime = await startNodeRuntime([register as never], flow, { credentials });
  t.after(() => runtime.stop());
  return { cameras, runtime };
}

test('a deployed camera is known by id and name, with its secret; a deleted one is not', async (t) => {
  const node = { id: 'camera-1', type: 'capture-camera', version: 1, ...rtsp };
  const { cameras, runtime } = await start(t, [node], { 'camera-1': { user: 'admin', password: 's3cret' } });
  const found = cameras.get('hall-1');
  assert.equal(found, cameras.get('camera-1'));
  assert.deepEqual(found?.source, { kind: 'rtsp', url: rtsp.url, transport: 'tcp', timeoutMs: 10_000 });
  assert.deepEqual(found?.secret, { user: 'admin', password: 's3cret' });
  assert.deepEqual([found?.flavor, found?.profile.name], ['presenter/source', 'copy']);
  await runtime.deploy([{ ...node, name: 'hall-2', flavor: 'presentation/source' }], 'full');
  assert.deepEqual(
    cameras.list().map(({ name, flavor }) => [name, flavor]),
    [['hall-2', 'presentation/source']],
  );
  await runtime.deploy([], 'full');
  assert.deepEqual(cameras.list(), []);
});

test('a camera that is set up wrongly is not there, and the log says why', async (t) => {
  const { cameras, runtime } = await start(t, [
    { id: 'good', type: 'capture-camera', version: 1, ...rtsp },
    { id: 'twin', type: 'capture-camera', version: 1, ...rtsp },
    { id: 'bad', type: 'capture-camera', version: 1, name: 'has spaces' },
  ]);
  assert.deepEqual(
    cameras.list().map(({ id }) => id),
    ['good'],
  );
  const said = (id: string) =>
    runtime
      .lines(id)
      .map(({ text }) => text)
      .join('\n');
  assert.match(said('twin'), /two cameras are called "hall-1"/);
  assert.match(said('bad'), /name: may have letters, digits/);
});

test('every kind of source comes out as it was filled in', () => {
  const source = (fields: object) => camera(fields).source;
  assert.deepEqual(source({}), { kind: 'test', width: 1280, height: 720, frameRate: 25, hasAudio: true });
  assert.deepEqual(source({ kind: 'url', url: 'srt://10.0.0.6:9000', timeoutSeconds: '3' }), {
    kind: 'url',
    url: 'srt://10.0.0.6:9000',
    timeoutMs: 3000,
  });
  assert.deepEqual(
    source({ kind: 'v4l2', device: '/dev/video0', sourceWidth: '', audioSystem: 'alsa', audioDevice: 'hw:1,0' }),
    {
      kind: 'v4l2',
      device: '/dev/video0',
      audio: { system: 'alsa', device: 'hw:1,0' },
    },
  );
  assert.deepEqual(source({ kind: 'audio', audioSystem: 'pulse', audioDevice: 'default' }), {
    kind: 'audio',
    system: 'pulse',
    device: 'default',
  });
  assert.deepEqual(source({ kind: 'file', path: '/srv/a.mp4', isLooped: false }), {
    kind: 'file',
    path: '/srv/a.mp4',
    isLooped: false,
  });
  assert.deepEqual(source({ kind: 'rpicam', sourceWidth: '1920', sourceHeight: '1080', sourceFrameRate: '50' }), {
    kind: 'rpicam',
    camera: 0,
    width: 1920,
    height: 1080,
    frameRate: 50,
  });
  assert.deepEqual(
    source({
      kind: 'command',
      command: "rec --t {{time}} '{{dir}}/a b.mkv'",
      outputs: '{{dir}}/a.mkv\nb.mkv presentation/source\n',
    }),
    {
      kind: 'command',
      argv: ['rec', '--t', '{{time}}', '{{dir}}/a b.mkv'],
      outputs: [
        { path: 'a.mkv', flavor: 'presenter/source' },
        { path: 'b.mkv', flavor: 'presentation/source' },
      ],
    },
  );
});

test('fields of the form change parts of the profile', () => {
  const { profile } = camera({
    profile: 'h264-720p',
    bitRateKbps: '3000',
    width: '',
    crop: '640:480:10:20',
    hasTimeOverlay: true,
    audioEncoder: 'opus',
    container: 'mkv',
  });
  assert.deepEqual(profile, {
    name: 'h264-720p',
    video: {
      encoder: 'h264',
      width: 1280,
      height: 720,
      keyFrameIntervalSeconds: 2,
      quality: 23,
      bitRateKbps: 3000,
      crop: { width: 640, height: 480, x: 10, y: 20 },
      hasTimeOverlay: true,
    },
    audio: { encoder: 'opus' },
    container: 'mkv',
  });
});

test('what is filled in wrongly is refused with the field and the reason', () => {
  const wrong: [object, RegExp][] = [
    [{ name: 'a b' }, /name: may have letters/],
    [{ kind: 'rtsp' }, /url: is missing/],
    [{ kind: 'rtsp', url: 'http://camera/' }, /url: must begin with rtsp/],
    [{ kind: 'url', url: 'file:///etc/passwd' }, /url: must begin with http/],
    [{ kind: 'rtsp', url: 'rtsp://admin:pw@camera/' }, /url: must not contain user and password/],
    [{ kind: 'v4l2', device: 'video0' }, /device: must be a device such as/],
    [{ kind: 'audio', audioDevice: 'hw:0' }, /audioSystem: must be ALSA or PulseAudio/],
    [{ kind: 'v4l2', device: '/dev/video0', audioSystem: 'alsa' }, /audioDevice: is missing/],
    [{ kind: 'file', path: 'lecture.mp4' }, /path: must be an absolute path/],
    [{ kind: 'command', command: ' ' }, /command: is missing/],
    [{ kind: 'command', command: 'rec "x', outputs: 'a' }, /command: a " is not closed/],
    [{ kind: 'command', command: 'rec', outputs: '../a.mkv' }, /outputs: .* must lie in \{\{dir\}\}/],
    [{ flavor: 'presenter' }, /flavor: must be two words/],
    [{ sourceWidth: '641' }, /sourceWidth: must be an even number/],
    [{ profile: 'best' }, /profile: "best" is not known; there are copy/],
    [{ profile: 'copy', width: '640' }, /profile\.video\.encoder: .* need an encoder/],
    [{ profile: 'h264-720p', container: 'webm' }, /profile\.container: WebM takes VP9/],
  ];
  for (const [fields, reason] of wrong) {
    assert.throws(
      () => camera(fields),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.match(error.message, reason);
        return true;
      },
    );
  }
});
