import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ToolFacts } from '../../../nodes/adapters/ffmpeg/tool-facts.ts';
import { streamPlan } from '../../../nodes/adapters/restream/stream-plan.ts';
import type { CameraOptions } from '../../../nodes/core/camera-list/listed-camera.ts';
import type { ProbeResult } from '../../../nodes/core/camera-list/probe-result.ts';
import type { RestreamTarget } from '../../../nodes/core/restream/target.ts';

const facts: ToolFacts = {
  version: '5.1.9',
  libavformat: [59, 27],
  encoders: new Set(['libx264', 'aac', 'libopus']),
  canDrawText: true,
};
const rtsp = { kind: 'push', url: 'rtsp://media:8554/site/Hall-1', format: 'rtsp' } as const;
const embedded = { kind: 'embedded' } as const;

type Local = Exclude<RestreamTarget, { kind: 'pull' }>;

interface Case {
  target?: Local;
  options?: CameraOptions;
  sound?: string;
  audio?: NonNullable<CameraOptions['audio']>;
  url?: string;
  hasReordering?: boolean;
  old?: boolean;
}

function planOf({ target = rtsp, options = {}, sound, audio = 'auto', url, hasReordering, old }: Case) {
  const probe: ProbeResult = {
    ok: true,
    at: 0,
    tracks: [
      { kind: 'video', codec: 'h264', ...(hasReordering ? { hasReordering } : {}) },
      ...(sound === undefined ? [] : [{ kind: 'audio' as const, codec: sound }]),
    ],
  };
  const camera = { id: 'list:1', name: 'Hall 1', url: url ?? 'rtsp://192.0.2.1/stream', options };
  const known = old ? { ...facts, libavformat: [58, 76] as const } : facts;
  const loop = options.recordLoop ? '/data/loop/Hall-1' : undefined;
  return streamPlan({ path: 'Hall-1', camera, target, audio, encoder: 'h264' }, known, probe, loop);
}

const cases: Record<string, Case> = {
  'RTSP, picture and sound copied': { sound: 'aac' },
  'a login goes by the list, not by the command line': { url: "rtsp://me:it's@192.0.2.1/stream", sound: 'aac' },
  'UDP, G.711 made Opus': { options: { transport: 'udp' }, sound: 'pcm_alaw', audio: 'opus' },
  'a silent track': { audio: 'silent' },
  'no sound': { audio: 'none', sound: 'aac' },
  'B frames keep their own times': { hasReordering: true },
  'times of the camera where that is asked for': { options: { wallClock: false } },
  'H.264 of another size and rate': {
    options: { video: 'h264', width: 640, height: 360, frameRate: 10, bitRateKbps: 500 },
  },
  'RTMP makes AAC of G.711': { target: { kind: 'push', url: 'rtmp://far/live/key', format: 'flv' }, sound: 'pcm_alaw' },
  'SRT carries a transport stream': {
    target: { kind: 'push', url: 'srt://far:9000?streamid=x', format: 'mpegts' },
    sound: 'opus',
  },
  'HLS of our own': { target: embedded, sound: 'pcm_mulaw' },
  'recorded in a loop as well': {
    options: { recordLoop: { hours: 24 } },
    sound: 'aac',
    target: { ...rtsp, url: "rtsp://u:a|b'c@media/x" },
  },
  'HLS recorded in a loop as well': { options: { recordLoop: { hours: 24 } }, target: embedded },
  'options of the camera': {
    options: {
      extraInput: ['-rtsp_flags', 'prefer_tcp', '-re', '-threads', '1', '-user_agent', 'a b'],
      extraOutput: ['-metadata', 'title=x'],
    },
    url: 'rtsp://u:p@192.0.2.1/stream',
  },
  HTTP: { url: 'http://192.0.2.1/mjpg/video.mjpg' },
  'FFmpeg 4': { old: true, url: 'rtsp://u:p@192.0.2.1/stream' },
};

test('the command lines are those that were looked at (UPDATE=1 writes them anew)', () => {
  const path = join(import.meta.dirname, 'stream-plan.golden.txt');
  const text = Object.entries(cases)
    .map(([name, one]) => {
      const { argv, list } = planOf(one);
      return `# ${name}\n${argv.join(' ')}\n${list ?? ''}`;
    })
    .join('\n');
  if (process.env['UPDATE']) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
});

test('no login of a camera stands in a command line', () => {
  const { argv } = planOf({ url: 'rtsp://me:s3cret@192.0.2.1/stream' });
  assert.doesNotMatch(argv.join(' '), /s3cret/);
});
