import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sidecarId, sidecarText } from '../../../nodes/core/delivery/sidecar.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';

test('the sidecar tells all about a recording, with times as ISO 8601', () => {
  const track = {
    ...{ input: 'hall', flavor: 'presenter/source', path: '/x/hall.mp4', mimeType: 'video/mp4' },
    ...{ sizeBytes: 5, durationMs: 60_000 },
  };
  const at = Date.UTC(2026, 10, 21, 10, 15, 20);
  const recording = makeRecording({
    tracks: [track],
    isDegraded: true,
    gaps: [{ input: 'hall', start: at, end: at + 2000, reason: 'the camera was away' }],
    parts: [{ input: 'hall', captureId: 'c1', start: at - 1000, end: at }],
    warnings: [{ at, code: 'SILENCE', message: 'no sound for 60 s' }],
  });
  const text = sidecarText(recording, [{ track, file: 'Physics.mp4', sizeBytes: 5, sha256: 'ab' }], {
    deliveredAt: at,
    deliverId: 'deliver-1',
    agent: 'hall-1',
    versions: { reelflow: '0.1.0' },
  });
  const content = JSON.parse(text) as Record<string, unknown>;
  assert.equal(content['format'], 'reelflow-recording');
  assert.equal(content['plannedStart'], '2026-11-21T10:15:00.000Z');
  assert.deepEqual(content['tracks'], [
    {
      ...{ file: 'Physics.mp4', input: 'hall', flavor: 'presenter/source', mimeType: 'video/mp4' },
      ...{ sizeBytes: 5, durationMs: 60_000, sha256: 'ab' },
    },
  ]);
  assert.deepEqual(content['gaps'], [
    {
      ...{ input: 'hall', reason: 'the camera was away' },
      ...{ start: '2026-11-21T10:15:20.000Z', end: '2026-11-21T10:15:22.000Z' },
    },
  ]);
  assert.equal((content['event'] as Record<string, unknown>)['location'], 'Hall 1');
  assert.deepEqual(content['versions'], { reelflow: '0.1.0' });
  assert.equal(text.includes('/x/'), false, 'no path of the station');
  assert.equal(sidecarId(text), recording.id);
});

test('what is no sidecar of ours belongs to nobody', () => {
  for (const text of [undefined, '', '{', '[]', 'null', '{"id":"x"}', '{"format":"reelflow-recording","id":5}']) {
    assert.equal(sidecarId(text), undefined, text);
  }
});
