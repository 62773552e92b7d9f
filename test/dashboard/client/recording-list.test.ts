import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingRate } from '../../../dashboard/client/disk.ts';
import { listFilters, matchesSearch, spansOf } from '../../../dashboard/client/recording-list.ts';
import { deliveryProgress, marksOf } from '../../../dashboard/client/recording-words.ts';
import { eventJson, iso, morning, recordingJson } from './recording-json.ts';

const hour = 3_600_000;
const delivery = { deliverId: 'd', bytesDone: 25, bytesTotal: 100, attempts: 1 };
const lastError = { code: 'TARGET_MISSING', message: 'the folder is not there' };
const gap = { input: 'hall', start: iso(morning + hour / 2), end: iso(morning + 0.75 * hour), reason: 'camera away' };

function matching(filter: string, recording: Parameters<typeof marksOf>[0]): boolean | undefined {
  return listFilters.find((one) => one.id === filter)?.matches(recording);
}

test('what has not begun belongs to the schedule, not to the list', () => {
  assert.equal(matching('all', recordingJson('a', morning, { state: 'scheduled' })), false);
  assert.equal(matching('all', recordingJson('a', morning, { state: 'failed' })), true);
});

test('problems are found whatever the state', () => {
  assert.equal(matching('problems', recordingJson('a', morning)), false);
  assert.equal(matching('problems', recordingJson('a', morning, { isDegraded: true })), true);
  assert.equal(matching('problems', recordingJson('a', morning, { state: 'skipped' })), true);
  assert.equal(matching('problems', recordingJson('a', morning, { delivery: { ...delivery, lastError } })), true);
  assert.equal(matching('problems', recordingJson('a', morning, { state: 'cancelled', isDegraded: true })), false);
});

test('a search finds every word anywhere', () => {
  const recording = recordingJson('a', morning, {
    title: 'Linear Algebra',
    event: eventJson('a', morning, { location: 'Hall 3' }),
  });
  assert.equal(matchesSearch(recording, 'algebra hall'), true);
  assert.equal(matchesSearch(recording, '2026-11 LINEAR'), true);
  assert.equal(matchesSearch(recording, 'algebra desk'), false);
  assert.equal(matchesSearch(recording, ''), true);
});

test('the bar shows parts and gaps where they are', () => {
  const recording = recordingJson('a', morning, {
    parts: [
      { input: 'hall', captureId: 'c1', start: iso(morning), end: iso(morning + hour / 2) },
      { input: 'hall', captureId: 'c2', start: iso(morning + 0.75 * hour), end: iso(morning + hour) },
      { input: 'desk', captureId: 'c3', start: iso(morning) },
    ],
    gaps: [gap],
  });
  assert.deepEqual(
    spansOf(recording, 'hall', morning).map(({ left, width, isGap }) => [left, width, isGap]),
    [
      [0, 0.5, false],
      [0.75, 0.25, false],
      [0.5, 0.25, true],
    ],
  );
});

test('a running recording ends at now', () => {
  const recording = recordingJson('a', morning, {
    state: 'recording',
    parts: [{ input: 'hall', captureId: 'c1', start: iso(morning + hour / 4) }],
  });
  delete recording.end;
  assert.deepEqual(
    spansOf(recording, 'hall', morning + hour / 2).map(({ left, width }) => [left, width]),
    [[0.5, 0.5]],
  );
});

test('marks say the worst first', () => {
  const recording = recordingJson('a', morning, {
    gaps: [gap],
    isDegraded: true,
    warnings: [{ at: iso(morning), code: 'SILENCE', message: 'no sound' }],
    delivery: { ...delivery, lastError },
  });
  assert.deepEqual(
    marksOf(recording).map((mark) => mark.word),
    ['Delivery is being retried', '1 gap', '1 warning'],
  );
});

test('delivery has a progress only while it runs', () => {
  assert.equal(deliveryProgress(recordingJson('a', morning, { state: 'delivering', delivery })), 0.25);
  assert.equal(deliveryProgress(recordingJson('a', morning, { delivery })), undefined);
});

test('the room left is worked out from what is recorded now, else from the last recording', () => {
  const progress = { recordingId: 'a', input: 'hall', durationMs: 10_000, sizeBytes: 2_500_000, isCapturing: true };
  const track = { input: 'hall', flavor: 'presenter/source', name: 'a.mp4', mimeType: 'video/mp4', url: '/a.mp4' };
  const last = recordingJson('a', morning, { tracks: [{ ...track, sizeBytes: 1_000_000, durationMs: 10_000 }] });
  assert.equal(recordingRate([progress, progress], [last]), 500_000);
  assert.equal(recordingRate([{ ...progress, durationMs: 1000 }], [last]), 100_000, 'a second says nothing yet');
  assert.equal(recordingRate([], []), undefined);
});
