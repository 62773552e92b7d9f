import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { capturePlan, commandPlan } from '../../../nodes/adapters/ffmpeg/capture-plan.ts';
import type { ToolFacts } from '../../../nodes/adapters/ffmpeg/tool-facts.ts';
import type { Camera, CameraSource, CaptureProfile } from '../../../nodes/core/camera/camera.ts';
import { shippedProfiles } from '../../../nodes/core/camera/profile.ts';
import { makeCamera, shippedProfile } from '../../fixtures/tools/capture-bench.ts';

const golden = join(import.meta.dirname, 'capture-plan.golden.txt');
const facts: ToolFacts = { version: '5.1.9', libavformat: [59, 27], encoders: new Set(), canDrawText: true };
const oldFacts: ToolFacts = { ...facts, version: '4.3.8', libavformat: [58, 45], canDrawText: false };

const sound = { system: 'alsa', device: 'hw:1,0' } as const;
const sources: Record<string, CameraSource> = {
  test: { kind: 'test', width: 1280, height: 720, frameRate: 25, hasAudio: true },
  rtsp: { kind: 'rtsp', url: 'rtsp://10.0.0.5/stream', transport: 'tcp', timeoutMs: 10_000 },
  hls: { kind: 'url', url: 'https://example.org/live/index.m3u8', timeoutMs: 10_000 },
  http: { kind: 'url', url: 'http://example.org/live.ts', timeoutMs: 10_000 },
  udp: { kind: 'url', url: 'udp://239.1.1.1:5000', timeoutMs: 10_000 },
  srt: { kind: 'url', url: 'srt://10.0.0.6:9000', timeoutMs: 10_000 },
  'v4l2 raw with alsa': { kind: 'v4l2', device: '/dev/video0', width: 1280, height: 720, frameRate: 30, audio: sound },
  'v4l2 h264': { kind: 'v4l2', device: '/dev/video2', inputFormat: 'h264' },
  audio: { kind: 'audio', system: 'pulse', device: 'default' },
  file: { kind: 'file', path: '/srv/media/lecture one.mp4', isLooped: true },
  rpicam: { kind: 'rpicam', camera: 0, width: 1920, height: 1080, frameRate: 30, audio: sound },
};

function plan(source: CameraSource, profile: CaptureProfile, more: Partial<Camera> = {}, tool = facts) {
  const camera = makeCamera(source, { profile, ...more });
  const request = { id: 'c', camera, directory: '/d', guardMs: 7_200_000, durationMs: 3_600_000, name: 'r' };
  return capturePlan(request, 'ffmpeg', tool);
}

function print(title: string, { command, argv, list, feeder }: ReturnType<typeof capturePlan>): string {
  return [
    `## ${title}`,
    ...(feeder ? [`${feeder.command} ${feeder.argv.join(' ')} |`] : []),
    `${command} ${argv.map((word) => (/[\s'"]/.test(word) ? JSON.stringify(word) : word)).join(' ')}`,
    ...(list === undefined ? [] : ['3<', list.trimEnd()]),
    '',
  ].join('\n');
}

test('the command line of every kind of source with every profile is the known one', async () => {
  const everything: CaptureProfile = {
    ...shippedProfile('h264-720p'),
    video: {
      encoder: 'h264',
      bitRateKbps: 3000,
      width: 1280,
      frameRate: 25,
      isDeinterlaced: true,
      crop: { width: 1600, height: 900, x: 10, y: 20 },
      hasTimeOverlay: true,
    },
    audio: { encoder: 'none' },
  };
  const text = [
    ...Object.entries(sources).flatMap(([name, source]) =>
      shippedProfiles.map((profile) => print(`${name}, ${profile.name}`, plan(source, profile))),
    ),
    print('rtsp, every filter', plan(sources['rtsp'] as CameraSource, everything)),
    print('rtsp, FFmpeg 4.3', plan(sources['rtsp'] as CameraSource, shippedProfile('h264-720p'), {}, oldFacts)),
    print('test, FFmpeg 4.3', plan(sources['test'] as CameraSource, shippedProfile('copy'), {}, oldFacts)),
    print(
      'rtsp with a password',
      plan(sources['rtsp'] as CameraSource, shippedProfile('copy'), {
        secret: { user: 'admin', password: "p@ss/w'rd" },
      }),
    ),
    print(
      'rtsp with a password, FFmpeg 4.3',
      plan(sources['rtsp'] as CameraSource, shippedProfile('copy'), { secret: { user: 'a', password: 'b' } }, oldFacts),
    ),
  ].join('\n');
  // `UPDATE_GOLDEN=1 node --test` writes it anew; the diff is then what to look at.
  if (process.env['UPDATE_GOLDEN']) await writeFile(golden, text);
  assert.equal(text, await readFile(golden, 'utf8'));
});

test('a password is on no command line', () => {
  const camera = { secret: { user: 'admin', password: 'hunter2!' } };
  for (const name of ['rtsp', 'hls', 'http', 'srt']) {
    const { argv, list } = plan(sources[name] as CameraSource, shippedProfile('copy'), camera);
    assert.doesNotMatch(argv.join(' '), /hunter2|admin/, name);
    assert.match(list ?? '', /:\/\/admin:hunter2%21@/);
  }
  for (const url of [
    'rtsp://u:hunter2@10.0.0.5/',
    'rtsp://10.0.0.5/?password=hunter2',
    'rtsp://10.0.0.5/a?x=1&token=hunter2',
  ]) {
    const { argv, list } = plan({ kind: 'rtsp', url, transport: 'tcp', timeoutMs: 5000 }, shippedProfile('copy'));
    assert.doesNotMatch(argv.join(' '), /hunter2/, url);
    assert.ok(list?.includes(url));
  }
});

test('addresses of other kinds of resources are refused', () => {
  for (const url of ['file:///etc/passwd', '/etc/passwd', 'concat:a|b', 'http:example', 'rtsp://a b', '-i']) {
    assert.throws(
      () => plan({ kind: 'url', url, timeoutMs: 5000 }, shippedProfile('copy')),
      { code: 'SOURCE_INVALID' },
      url,
    );
  }
});

test("a user's own command gets its blanks filled in, word by word", () => {
  const camera = makeCamera({
    kind: 'command',
    argv: ['/usr/bin/tool', '--seconds={{time}}', '{{dir}}/{{name}}.mkv', '{{previewdir}}', '{{unknown}}', '$(ls)'],
    outputs: [{ path: '{{name}}.mkv', flavor: 'presenter/source' }],
  });
  const made = commandPlan({ id: 'c', camera, directory: '/data/c 1', guardMs: 1, durationMs: 61_500, name: 'talk 7' });
  assert.equal(made.command, '/usr/bin/tool');
  assert.deepEqual(made.argv, ['--seconds=62', '/data/c 1/talk 7.mkv', '/data/c 1', '{{unknown}}', '$(ls)']);
  assert.deepEqual(made.outputs, [{ path: 'talk 7.mkv', flavor: 'presenter/source' }]);
});
