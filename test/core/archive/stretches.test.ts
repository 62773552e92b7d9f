import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, Hole } from '../../../nodes/core/archive/chunk.ts';
import { stretchesOf } from '../../../nodes/core/archive/stretches.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';

const minute = 60_000;
const chunk = (n: number, more: Partial<Chunk>): Chunk => ({
  ...emptyChunk('news', { startMs: n * minute, endMs: (n + 1) * minute }, 100 * minute),
  ...more,
});
const whole = (n: number) => chunk(n, { state: 'complete', sizeBytes: 10 });
const hole = (startMs: number): Hole => ({ startMs, endMs: startMs + 1000, track: 'main', code: 'SEGMENT_LOST' });
const away = { code: 'SOURCE_AWAY', message: 'it was away' };

test('what is alike and follows each other is one stretch; another reason, another kind or a distance begins a new one', () => {
  const line = stretchesOf([
    ...[whole(0), whole(1), whole(2)],
    ...[chunk(3, { reason: away }), chunk(4, { reason: away }), chunk(5, {})],
    ...[chunk(6, { state: 'capturing' }), chunk(7, { state: 'uploading' })],
    ...[chunk(9, { state: 'expired', sizeBytes: 10 }), chunk(11, { state: 'expired' })],
  ]);
  assert.deepEqual(
    line.map(({ kind, startMs, endMs, chunkCount, reason }) => [
      ...[kind, startMs / minute, endMs / minute, chunkCount, reason?.code],
    ]),
    [
      ['whole', 0, 3, 3, undefined],
      ['missing', 3, 5, 2, 'SOURCE_AWAY'],
      ['missing', 5, 6, 1, undefined],
      ['coming', 6, 8, 2, undefined],
      ['expired', 9, 10, 1, undefined],
      ['expired', 11, 12, 1, undefined],
    ],
  );
  assert.deepEqual(
    line.map(({ sizeBytes }) => sizeBytes),
    [30, 0, 0, 0, 0, 0],
  );
});

test('every hole is counted, the first are named; a kind that is missing is not mixed with holes', () => {
  const holed = (n: number, holes: Hole[], more: Partial<Chunk> = {}) =>
    chunk(n, { state: 'complete', isPartial: true, holes, ...more });
  const many = Array.from({ length: 150 }, (_, index) => hole(index));
  const [first, second, ...rest] = stretchesOf([
    holed(0, [hole(9000), hole(3000)]),
    holed(1, many),
    holed(2, many),
    holed(3, [], { missingKinds: ['audio'] }),
  ]);
  assert.deepEqual([first?.chunkCount, first?.holeCount, first?.holes.length], [3, 302, 200]);
  assert.deepEqual(
    first?.holes.slice(0, 2).map(({ startMs }) => startMs),
    [3000, 9000],
  );
  assert.deepEqual([second?.kind, second?.holeCount, second?.missingKinds], ['holed', 0, ['audio']]);
  assert.deepEqual(rest, []);
});
