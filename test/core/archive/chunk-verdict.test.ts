import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, ChunkObject } from '../../../nodes/core/archive/chunk.ts';
import { judgeChunk } from '../../../nodes/core/archive/chunk-verdict.ts';
import { at, storedChunk } from '../playback/fixtures/stored.ts';

const startMs = at('2026-11-27T10:00:00Z');
const { chunk, segments } = storedChunk(startMs, { tracks: [{ track: 'main' }, { track: 'audio-en' }] });

/** Captured again, after a content that lies under these keys. */
function keysAfter(keys: readonly string[], revision: number, takeovers: number): string[] {
  const objects = chunk.objects.map((object, index): ChunkObject => ({ ...object, key: keys[index] ?? '' }));
  const before: Chunk | undefined = keys.length > 0 ? { ...chunk, revision, objects } : undefined;
  const tracks = chunk.objects.map(({ track, rank, container, sizeBytes, sha256, inits }) => ({
    ...{ track: { track, rank, container }, path: '', read: async function* () {}, sizeBytes, sha256, inits },
    segments: segments.filter((segment) => segment.track === track),
  }));
  const next = judgeChunk({
    ...{ channel: 'bar', span: { startMs, endMs: startMs + 10_000 }, tracks, losses: [], reach: new Map() },
    ...{ fallback: 'NOT_IN_SOURCE', requiredKinds: [], before, takeovers, now: startMs },
  });
  return next.objects.map(({ key }) => key);
}

const keysOf = (version: string) =>
  [`${version}.mp4`, `${version}.audio-en.mp4`].map(
    (rest) => `bar/2026-11-27/2026-11-27T10:00:00Z--2026-11-27T10:00:10Z${rest}`,
  );

test('the first content of a chunk has the plain keys; what takes a place has keys of its own', () => {
  assert.deepEqual(keysAfter([], 0, 0), keysOf(''));
  assert.deepEqual(keysAfter([], 0, 1), keysOf('.2'));
  assert.deepEqual(keysAfter(keysOf(''), 1, 0), keysOf('.2'));
});

test('an index that was rebuilt counts takeovers anew: no key of the content before is written over', () => {
  assert.deepEqual(keysAfter(keysOf('.2'), 1, 0), keysOf('.3'));
  // One track that it would meet is enough.
  assert.deepEqual(keysAfter(['other.mp4', keysOf('.2')[1] ?? ''], 1, 0), keysOf('.3'));
});
