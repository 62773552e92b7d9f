import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { framesPerSecond, type LiveHls, type LiveHlsOptions } from '../../fixtures/live-hls.ts';
import { writePastHls } from '../../fixtures/past-hls.ts';
import { until } from '../../fixtures/until.ts';
import { archiveWithSource } from './fixtures/archive-with-source.ts';

const chunkMs = 4000;
const name = 'news';

async function begin(t: TestContext, options: LiveHlsOptions = {}, servers = 1) {
  const { live, bench, add } = await archiveWithSource(t, servers);
  live.start(options);
  await bench.boot();
  const addressOf = (one: LiveHls) => (options.dash ? one.dashUrl : options.isLadder ? one.masterUrl : one.url);
  const sourceUrls = add.map(addressOf);
  await bench.archive.putChannel(name, { sourceUrls, chunkMs, retentionMs: 3600_000 });
  return { live, second: add[1], bench };
}

// Each waits for a source that runs in real time: beside each other they take no more than the longest.
describe('captures', { concurrency: 8 }, () => {
  test('a live channel becomes chunks on UTC boundaries, each once, without a frame missing', async (t) => {
    const { live, bench } = await begin(t);
    const chunks = await bench.stored(name, 4);
    await live.kill();
    const whole = chunks.slice(1);
    for (const chunk of whole) {
      assert.equal(chunk.startMs % chunkMs, 0);
      assert.deepEqual(chunk.holes, []);
      assert.deepEqual(chunk.kinds, ['video', 'audio']);
      assert.equal(chunk.isPartial, false);
      assert.equal(chunk.revision, 1);
    }
    const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
    const [first] = whole;
    const start = iso(first?.startMs ?? 0);
    assert.equal(first?.objects[0]?.key, `news/${start.slice(0, 10)}/${start}--${iso(first?.endMs ?? 0)}.mp4`);
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() } });
    for (const [index, { startMs, durationMs }] of segments.slice(0, -1).entries()) {
      assert.ok(Math.abs((segments[index + 1]?.startMs ?? 0) - startMs - durationMs) < 100, `a gap after ${index}`);
    }
    assert.equal(await bench.frames(name), segments.length * framesPerSecond);
    const keys = await bench.keys();
    assert.deepEqual(keys, [...new Set(keys)]);
    const jobs = await bench.archive.jobs();
    assert.equal(new Set(jobs.map(({ job }) => job.key)).size, jobs.length);
  });

  test('MPEG-TS, from a source that tells no time', async (t) => {
    const { live, bench } = await begin(t, { container: 'ts', hasProgramDateTime: false });
    const chunks = await bench.stored(name, 3);
    await live.kill();
    assert.match(chunks[1]?.objects[0]?.key ?? '', /\.ts$/);
    assert.deepEqual(chunks[1]?.kinds, ['video', 'audio']);
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() + 60_000 } });
    assert.equal(await bench.frames(name), segments.length * framesPerSecond);
  });

  test('a master playlist: an object for each of its streams', async (t) => {
    const { bench } = await begin(t, { isLadder: true });
    const chunk = (await bench.stored(name, 3))[1];
    assert.deepEqual(
      chunk?.objects.map(({ track, rendition }) => [track, rendition?.language]),
      [
        ['main', undefined],
        ['audio-en', 'en'],
      ],
    );
    assert.match(chunk?.objects[1]?.key ?? '', /Z\.audio-en\.mp4$/);
    assert.equal(chunk?.objects[0]?.width, 160);
    assert.deepEqual(chunk?.holes, []);
  });

  test('DASH: each representation as it is, without a frame missing; an encoder that begins anew', async (t) => {
    const { live, bench } = await begin(t, { dash: 'timeline', listSize: 20 });
    await bench.stored(name, 2);
    await live.kill();
    const goneAt = Date.now();
    await until(() => Date.now() - goneAt > 2500, { what: 'the source to be away for a while' });
    live.start({ dash: 'timeline', listSize: 20 });
    const backAt = Date.now();
    const after = await until(
      async () => (await bench.complete(name)).find(({ startMs, isPartial }) => startMs > backAt + 1000 && !isPartial),
      { timeoutMs: 60_000, what: 'a whole chunk after the outage' },
    );
    assert.deepEqual(
      after.objects.map(({ track, width, rendition }) => [track, width, rendition?.type]),
      [
        ['video', 160, undefined],
        ['video-2', 80, undefined],
        ['audio', undefined, 'audio'],
      ],
    );
    assert.deepEqual(after.kinds, ['video', 'audio']);
    for (const { startMs, objects } of await bench.complete(name)) {
      for (const { track } of objects.filter(({ rendition }) => !rendition)) {
        const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() }, track });
        const own = segments.filter(({ chunkStartMs }) => chunkStartMs === startMs);
        // Two timelines in one file are nothing that ffprobe counts.
        if (own.some(({ isDiscontinuity }, index) => index > 0 && isDiscontinuity)) continue;
        assert.equal(await bench.framesOf(name, startMs, track), own.length * framesPerSecond);
      }
    }
    const chunks = await bench.archive.chunks(name);
    const stated = chunks.flatMap(({ state, startMs, endMs, holes }) =>
      state === 'missing' ? [{ startMs, endMs }] : holes,
    );
    assert.ok(
      stated.some(({ startMs, endMs }) => startMs < goneAt + 2500 && endMs > goneAt),
      'the outage is stated',
    );
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() }, track: 'video' });
    assert.ok(
      segments.some(({ startMs, isDiscontinuity }) => isDiscontinuity && startMs > goneAt),
      'its timeline is a new one',
    );
  });

  test('DASH whose segments are counted by the clock', async (t) => {
    const { bench } = await begin(t, { dash: 'numbers' });
    const [, ...whole] = await bench.stored(name, 3);
    assert.deepEqual(
      whole.flatMap(({ holes }) => holes),
      [],
    );
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() }, track: 'video' });
    assert.equal(await bench.frames(name, 'video'), segments.length * framesPerSecond);
  });

  test('a source that stops and comes back: the hole is stated, what follows is whole', async (t) => {
    const { live, bench } = await begin(t);
    await bench.stored(name, 2);
    await live.kill();
    const goneAt = Date.now();
    await until(() => Date.now() - goneAt > 2500, { what: 'the source to be away for a while' });
    live.start();
    const backAt = Date.now();
    const after = await until(
      async () => (await bench.complete(name)).find(({ startMs, isPartial }) => startMs > backAt + 1000 && !isPartial),
      { timeoutMs: 60_000, what: 'a whole chunk after the outage' },
    );
    const isEarlier = ({ startMs }: { startMs: number }) => startMs < after.startMs;
    const earlierJobs = async () => (await bench.archive.jobs()).filter(({ job }) => isEarlier(job.data));
    await until(async () => (await earlierJobs()).every(({ job }) => /completed|failed/.test(job.state)), {
      timeoutMs: 60_000,
      what: 'the chunks before it to be done',
    });
    const holed = (await bench.complete(name)).filter(isEarlier).slice(1);
    const holes = holed.flatMap((chunk) => chunk.holes);
    // An outage from one chunk's begin to its end leaves no hole, but no chunk either.
    const missing = (await bench.archive.chunks(name, { states: ['missing'] })).filter(isEarlier);
    assert.ok(holes.length + missing.length > 0, 'the outage is stated');
    for (const { startMs, endMs, code } of holes) {
      assert.match(code, /SOURCE_SILENT|SEGMENT_LOST/);
      assert.ok(startMs > goneAt - 2500 && endMs < backAt + 2500, 'to a segment');
    }
    assert.ok(holed.every(({ isPartial, holes }) => isPartial === holes.length > 0));
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() } });
    assert.ok(segments.some(({ isDiscontinuity }) => isDiscontinuity));
  });

  test('a chunk of which the source has nothing is missing, and leaves nothing that is taken up again', async (t) => {
    const { live, bench } = await archiveWithSource(t);
    const startMs = (Math.floor(Date.now() / chunkMs) - 20) * chunkMs;
    await writePastHls(live.folder, { startMs, seconds: 12, without: [4, 5, 6, 7] });
    await bench.boot();
    await bench.archive.putChannel(name, { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
    const missing = async () => (await bench.archive.chunk(name, startMs + chunkMs))?.state === 'missing';
    await until(missing, { what: 'the chunk to be missing', timeoutMs: 30_000 });
    await bench.stored(name, 2);
    const spool = join(bench.folder, 'archive-spool', name);
    await until(async () => !(await readdir(spool)).includes(String(startMs + chunkMs)), { what: 'its spool to go' });
  });

  test('a chunk without sound is not whole, and says so', async (t) => {
    const { live, bench } = await begin(t);
    await bench.stored(name, 3);
    await live.kill();
    live.start({ hasAudio: false });
    const silent = await until(
      async () => (await bench.complete(name)).find(({ missingKinds }) => missingKinds.length > 0),
      { timeoutMs: 60_000, what: 'a chunk without sound' },
    );
    assert.deepEqual(silent.missingKinds, ['audio']);
    assert.deepEqual(silent.kinds, ['video']);
    assert.equal(silent.isPartial, true);
    assert.ok(silent.holes.some(({ kind, code }) => kind === 'audio' && code === 'KIND_MISSING'));
  });

  test('a segment that the source lost is a hole with its number', async (t) => {
    const { live, bench } = await begin(t);
    await bench.stored(name, 2);
    // Numbers that are still to come.
    const next = live.requests.filter((one) => /^r1-\d+\.m4s$/.test(one)).length + 6;
    live.faults.set(new RegExp(`^r1-${next}\\.m4s$`), 404);
    const holed = await until(
      async () =>
        (await bench.complete(name)).find(({ holes }) => holes.some(({ sequences }) => sequences?.first === next)),
      { timeoutMs: 60_000, what: 'the chunk with the hole' },
    );
    const hole = holed.holes.find(({ sequences }) => sequences);
    assert.deepEqual(hole?.sequences, { first: next, last: next });
    assert.equal(hole?.code, 'SEGMENT_LOST');
    // More where the encoder itself came late.
    assert.ok((hole?.endMs ?? 0) - (hole?.startMs ?? 0) > 850);
  });

  test('what one source lost is had from the other, and from the same one later', async (t) => {
    const { live: main, second, bench } = await begin(t, { listSize: 60 }, 2);
    main.faults.set(/^r1-(6|11)\.m4s$/, 404);
    second?.faults.set(/^r1-11\.m4s$/, 404);
    const holed = await until(
      async () =>
        (await bench.complete(name)).find(({ holes }) => holes.some(({ sequences }) => sequences?.first === 11)),
      { timeoutMs: 60_000, what: 'the chunk with the hole that both have' },
    );
    const before = (await bench.complete(name)).filter(({ startMs }) => startMs < holed.startMs).slice(1);
    assert.deepEqual(
      before.flatMap(({ holes }) => holes),
      [],
    );
    main.faults.clear();
    const again = await until(
      async () =>
        (await bench.complete(name)).find(({ startMs, isPartial }) => startMs === holed.startMs && !isPartial),
      { timeoutMs: 60_000, what: 'the chunk to be captured again' },
    );
    assert.equal(again.revision, 2);
    const segments = await bench.archive.segments(name, { span: { startMs: 0, endMs: Date.now() + 60_000 } });
    assert.equal(await bench.frames(name), segments.length * framesPerSecond);
  });
});
