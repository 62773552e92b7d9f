import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaptureRecord } from '../../../nodes/core/recording/capture.ts';
import { endInCapture, gapsOf, piecesOf, startInCapture } from '../../../nodes/core/recording/cut-plan.ts';
import type { Recording } from '../../../nodes/core/recording/recording.ts';
import type { StoredCapture } from '../../../nodes/core/recording/recording-store.ts';

const start = 1_000_000;
const recording = { plannedStart: start, plannedEnd: start + 60_000 } as Recording;
const why = (): string => 'because';

function capture(id: string, more: Partial<StoredCapture>): StoredCapture {
  const record = { id, spawnedAt: start } as CaptureRecord;
  return { record, mediaMs: 30_000, offsetMs: start, recordingIds: ['r'], cuts: {}, ...more };
}

test('a recording begins inside a capture that was there before it, and at the begin of one that came later', () => {
  assert.equal(startInCapture(recording, start - 4000), 4000);
  assert.equal(startInCapture(recording, start + 500), undefined);
});

test('the end has a margin, but not at a seam: both sides must use the same instant', () => {
  assert.equal(endInCapture(recording, start - 4000, true), 64_000);
  assert.equal(endInCapture(recording, start - 4000, false), 64_300);
});

test('captures that died before the recording began, or never had a picture, are left out', () => {
  const pieces = piecesOf('r', [
    capture('preroll', { mediaMs: 1000, offsetMs: start - 3000, cuts: { r: { fromMs: 3000 } } }),
    capture('blind', { mediaMs: 0, offsetMs: undefined }),
    capture('good', { cuts: { r: { toMs: 20_000 } } }),
  ]);
  assert.deepEqual(
    pieces.map((piece) => [piece.record.id, piece.fromMs, piece.toMs]),
    [['good', undefined, 20_000]],
  );
});

test('a second tool that came and went while the first ran on does not end the first one', () => {
  const pieces = piecesOf('r', [
    capture('long', { mediaMs: 60_000 }),
    capture('short', { mediaMs: 3000, offsetMs: start + 10_000 }),
  ]);
  assert.deepEqual(
    pieces.map((piece) => [piece.record.id, piece.toMs]),
    [['long', undefined]],
  );
});

test('a tool that flushed after its successor began is cut a margin behind where the successor begins', () => {
  const pieces = piecesOf('r', [
    capture('old', { mediaMs: 30_000 }),
    capture('new', { offsetMs: start + 25_000, mediaMs: 30_000 }),
  ]);
  assert.equal(pieces[0]?.toMs, 25_300);
});

test('a compressed picture is kept from its first key frame on: the one before is needed until then', () => {
  const pieces = piecesOf('r', [
    capture('old', { mediaMs: 30_000 }),
    capture('new', { offsetMs: start + 25_000, beginsMs: 2000, mediaMs: 30_000 }),
  ]);
  assert.equal(pieces[0]?.toMs, 27_300);
});

test('gaps: at the begin, in the middle, at the end; small differences are accuracy', () => {
  const intervals = [
    { start: start + 2000, end: start + 10_000 },
    { start: start + 10_100, end: start + 20_000 },
    { start: start + 25_000, end: start + 55_000 },
  ];
  assert.deepEqual(
    gapsOf(recording, 'hall', intervals, why).map((gap) => [gap.start - start, gap.end - start]),
    [
      [0, 2000],
      [20_000, 25_000],
      [55_000, 60_000],
    ],
  );
  assert.deepEqual(gapsOf(recording, 'hall', [{ start: start - 900, end: start + 60_400 }], why), []);
  assert.deepEqual(gapsOf(recording, 'hall', [], why).length, 1);
});
