import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaptureProfile } from '../../../nodes/core/camera/camera.ts';
import { captureProfileSchema, findProfile, profileFor, shippedProfiles } from '../../../nodes/core/camera/profile.ts';

const copy = findProfile('copy') as CaptureProfile;

test('every shipped profile passes its own schema and has its own name', () => {
  for (const profile of shippedProfiles) assert.deepEqual(captureProfileSchema.parse(profile), profile);
  assert.equal(new Set(shippedProfiles.map(({ name }) => name)).size, shippedProfiles.length);
});

test('profiles that can not work are refused with the reason', () => {
  const reason = (more: object) =>
    captureProfileSchema
      .safeParse({ ...copy, ...more })
      .error?.issues.map(({ message }) => message)
      .join('; ') ?? 'taken';
  assert.match(reason({ video: { encoder: 'none' }, audio: { encoder: 'none' } }), /needs video or audio/);
  assert.match(reason({ container: 'webm' }), /WebM takes VP9 video only/);
  assert.match(reason({ video: { encoder: 'vp9' }, container: 'webm' }), /WebM takes Opus audio only/);
  assert.match(reason({ video: { encoder: 'copy', width: 640 } }), /need an encoder/);
  assert.match(reason({ video: { encoder: 'copy', hasTimeOverlay: true } }), /need an encoder/);
  assert.match(reason({ video: { encoder: 'h264', width: 641 } }), /multiple of 2/);
  assert.notEqual(reason({ video: { encoder: 'mpeg2' } }), 'taken');
  assert.equal(reason({ video: { encoder: 'copy', isDeinterlaced: false } }), 'taken');
});

test('raw sources are encoded where they would be copied, compressed ones are not', () => {
  const encoder = (source: Parameters<typeof profileFor>[0]) => profileFor(source, copy).video.encoder;
  assert.equal(encoder({ kind: 'test', width: 640, height: 360, frameRate: 25, hasAudio: true }), 'h264');
  assert.equal(encoder({ kind: 'v4l2', device: '/dev/video0' }), 'h264');
  assert.equal(encoder({ kind: 'v4l2', device: '/dev/video0', inputFormat: 'mjpeg' }), 'h264');
  assert.equal(encoder({ kind: 'v4l2', device: '/dev/video0', inputFormat: 'h264' }), 'copy');
  assert.equal(encoder({ kind: 'rtsp', url: 'rtsp://camera/', transport: 'tcp', timeoutMs: 1 }), 'copy');
  assert.equal(encoder({ kind: 'audio', system: 'alsa', device: 'hw:0' }), 'none');
});
