import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, ChunkObject, Segment } from '../../../nodes/core/archive/chunk.ts';
import { decodeCheck, isDecodable, withUndecodable } from '../../../nodes/core/archive/decode-check.ts';
import type { Decoded } from '../../../nodes/core/archive/decoder.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';

const abort = new AbortController().signal;
const chunk = (objects: Partial<ChunkObject>[]): Chunk => ({
  ...emptyChunk('news', { startMs: 0, endMs: 10_000 }, 0),
  state: 'complete',
  objects: objects.map((one, rank) => ({
    ...{ track: 'main', rank, container: 'fmp4', key: `key-${rank}`, sizeBytes: 100, sha256: '', segmentCount: 5 },
    inits: [{ initId: 0, offset: 0, length: 10, sha256: 'a' }],
    ...one,
  })),
});
/** One of two seconds, behind the init and those before it. */
const segment = (number: number, more: Partial<Segment> = {}): Segment => ({
  ...{ chunkStartMs: 0, track: 'main', sequence: 100 + number, startMs: number * 2000, durationMs: 2000, initId: 0 },
  ...{ offset: 10 + number * 10, length: 10, isDiscontinuity: false, kinds: ['video' as const] },
  ...more,
});
const five = [0, 1, 2, 3, 4].map((number) => segment(number));

/** With a decoder that says the same of every run; what it was given is noted as ranges of bytes. */
async function check(of: Chunk, segments: readonly Segment[], said: Partial<Decoded>) {
  const runs: string[][] = [];
  const store = {
    read: async (key: string, { start, end }: { start: number; end?: number }) => {
      runs.at(-1)?.push(`${key} ${start}-${end}`);
      return (async function* () {})();
    },
  };
  const decoder = {
    decode: async (bytes: AsyncIterable<Uint8Array>) => {
      runs.push([]);
      for await (const _piece of bytes);
      return { frameCount: 100, faults: [], ...said };
    },
  };
  return { holes: await decodeCheck(of, segments, { store, decoder, abort }), runs };
}

test('a fault is a hole of its segment; neighbours make one', async () => {
  const faults = [2500, 4100, 9000].map((atMs) => ({ atMs, message: 'h264: error while decoding MB 3 5' }));
  const { holes } = await check(chunk([{}]), five, { faults });
  assert.deepEqual(
    holes.map(({ startMs, endMs, sequences, code }) => [startMs, endMs, sequences, code]),
    [
      [2000, 6000, { first: 101, last: 102 }, 'UNDECODABLE'],
      [8000, 10_000, { first: 104, last: 104 }, 'UNDECODABLE'],
    ],
  );
});

test('nothing that comes out at all: all of it', async () => {
  const { holes } = await check(chunk([{}]), five, { frameCount: 0 });
  assert.deepEqual(
    holes.map(({ startMs, endMs }) => [startMs, endMs]),
    [[0, 10_000]],
  );
});

test('pictures that refer to some before the chunk are no fault, other damage in its first segment is', async () => {
  const message = 'h264: reference picture missing during reorder';
  assert.deepEqual((await check(chunk([{}]), five, { faults: [{ atMs: 100, message }] })).holes, []);
  assert.equal((await check(chunk([{}]), five, { faults: [{ atMs: 3000, message }] })).holes.length, 1);
  const damage = 'h264: error while decoding MB 3 5';
  assert.equal((await check(chunk([{}]), five, { faults: [{ atMs: 100, message: damage }] })).holes.length, 1);
});

test('every stream of the chunk is decoded, and has holes of its own', async () => {
  const tracks = ['main', 'audio-en'];
  const segments = tracks.flatMap((track) => five.map((one) => ({ ...one, track })));
  const faults = [{ atMs: 2500, message: 'broken' }];
  const { holes, runs } = await check(chunk(tracks.map((track) => ({ track }))), segments, { faults });
  assert.deepEqual(
    holes.map(({ track, startMs, endMs }) => [track, startMs, endMs]),
    tracks.map((track) => [track, 2000, 4000]),
  );
  assert.deepEqual(runs, [['key-0 0-60'], ['key-1 0-60']]);
});

test('each timeline is decoded by itself, with its init; what lies together is read in one go', async () => {
  const segments = five.map((one, number) => ({ ...one, isDiscontinuity: number === 3 }));
  const { runs } = await check(chunk([{}]), segments, {});
  assert.deepEqual(runs, [['key-0 0-40'], ['key-0 0-10', 'key-0 40-60']]);
});

test('text is not decoded, in whichever container', async () => {
  const rendition = { type: 'text', groupId: 'text', name: 'en', isDefault: false } as const;
  const objects = [
    { track: 'text-en', rendition },
    { track: 'text-de', container: 'webvtt' as const },
  ];
  const segments = objects.flatMap(({ track }) => five.map((one) => ({ ...one, track })));
  assert.deepEqual(await check(chunk(objects), segments, { frameCount: 0 }), { holes: [], runs: [] });
});

test('what was found before gives way to what is found now; the chunk itself where that is nothing', async () => {
  const { holes } = await check(chunk([{}]), five, { faults: [{ atMs: 2500, message: 'broken' }] });
  const marked = withUndecodable(chunk([{}]), holes);
  assert.equal(marked.isPartial, true);
  assert.deepEqual(five.map(isDecodable(marked)), [true, false, true, true, true]);
  const mended = withUndecodable(marked, []);
  assert.deepEqual([mended.holes, mended.isPartial], [[], false]);
  assert.equal(withUndecodable(mended, []), mended);
});
