import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cut, selectCut } from '../../../nodes/core/media/cut.ts';
import type { Fragment, TrackRun } from '../../../nodes/core/media/fragment.ts';
import type { Movie } from '../../../nodes/core/media/movie.ts';

const track = { timescale: 1000, shiftTicks: 0, description: new Uint8Array(), defaultDuration: 0, defaultFlags: 0 };
const movie: Movie = {
  tracks: [
    { ...track, id: 1, kind: 'video', codec: 'avc1' },
    { ...track, id: 2, kind: 'audio', codec: 'mp4a' },
  ],
};

function run(kind: 'video' | 'audio', startMs: number, endMs: number, isKey = true): TrackRun {
  const trackId = kind === 'video' ? 1 : 2;
  return { trackId, kind, startMs, endMs, durationMs: endMs - startMs, samples: 1, isKey };
}

/** Fragments of half a second, a key frame every second, 100 bytes each. */
function capture(seconds: number, audio: (startMs: number) => TrackRun[] = (at) => [run('audio', at, at + 500)]) {
  return Array.from({ length: seconds * 2 }, (_, index): Fragment => {
    const at = index * 500;
    const runs = [run('video', at, at + 500, index % 2 === 0), ...audio(at)];
    return { offset: 1000 + index * 100, length: 100, moofLength: 40, runs };
  });
}

async function cut(fragments: Fragment[], fromMs?: number, toMs?: number): Promise<Cut | undefined> {
  async function* each() {
    yield* fragments;
  }
  return await selectCut(each(), () => movie, {
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  });
}

const indices = (found: Cut | undefined) => (found?.fragments ?? []).map(({ offset }) => (offset - 1000) / 100);

test('cuts outwards: from the key frame before to the fragment that completes the end', async () => {
  const found = await cut(capture(10), 2300, 4100);
  assert.deepEqual(indices(found), [4, 5, 6, 7, 8]);
  assert.deepEqual([found?.startMs, found?.endMs, found?.sizeBytes], [2000, 4500, 500]);
});

test('exact boundaries take nothing more', async () => {
  assert.deepEqual(indices(await cut(capture(10), 2000, 4000)), [4, 5, 6, 7]);
});

test('without boundaries it is all of it', async () => {
  assert.equal((await cut(capture(5)))?.fragments.length, 10);
  assert.deepEqual(indices(await cut(capture(3), undefined, 900)), [0, 1]);
  assert.deepEqual(indices(await cut(capture(3), 2000)), [4, 5]);
});

test('a stretch that reaches beyond the capture gives what there is, one outside of it nothing', async () => {
  assert.deepEqual(indices(await cut(capture(3), -5000, 60_000)), [0, 1, 2, 3, 4, 5]);
  assert.equal(await cut(capture(3), 3000, 4000), undefined);
  assert.equal(await cut(capture(3), -2000, 0), undefined);
  assert.equal(await cut([], 0, 1000), undefined);
});

test('two cuts that meet hold every fragment between them, wherever they meet', async () => {
  const fragments = capture(12);
  for (let seam = 1000; seam < 11_000; seam += 137) {
    const before = indices(await cut(fragments, 500, seam));
    const behind = indices(await cut(fragments, seam, 11_500));
    const all = new Set([...before, ...behind]);
    assert.deepEqual(
      [...all].sort((a, b) => a - b),
      Array.from({ length: 23 }, (_, index) => index),
      `seam ${seam}`,
    );
    const overlapMs = before.filter((index) => behind.includes(index)).length * 500;
    assert.ok(overlapMs <= 1000, `one group of pictures at most in both, not ${overlapMs} ms`);
  }
});

test('sound that is behind the picture in the file is not cut short', async () => {
  const late = capture(10, (at) => (at >= 1000 ? [run('audio', at - 1000, at - 500)] : []));
  const found = await cut(late, 2000, 4000);
  assert.equal(found?.endMs, 4000);
  assert.deepEqual(indices(found), [4, 5, 6, 7, 8, 9]);
  assert.equal(found?.lastMs, 5000);
});

test('sound that begins late in a fragment begins one group of pictures earlier', async () => {
  const ahead = capture(10, (at) => [run('audio', at + 400, at + 900)]);
  assert.deepEqual(indices(await cut(ahead, 2000, 2500)).at(0), 2);
});

test('a track that has stopped does not hold back the end', async () => {
  const dried = capture(20, (at) => (at < 2000 ? [run('audio', at, at + 500)] : []));
  assert.equal((await cut(dried, 8000, 10_000))?.endMs, 10_000);
});
