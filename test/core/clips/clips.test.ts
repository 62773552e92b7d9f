import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { test } from 'node:test';
import type { Clip, ClipMaker } from '../../../nodes/core/clips/clip.ts';
import type { ClipDesk } from '../../../nodes/core/clips/clip-desk.ts';
import { clipEventMessage } from '../../../nodes/core/clips/clip-message.ts';
import { publishClips } from '../../../nodes/core/clips/clip-publisher.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { RecordedBus } from '../../fixtures/bus-station.ts';
import { probeMedia } from '../../fixtures/probe-media.ts';
import { until } from '../../fixtures/until.ts';
import { clipBench, finishedClip, ownMethods, patience } from './fixtures/clip-bench.ts';

for (const container of ['fmp4', 'ts'] as const) {
  test(`a range of ${container} over a chunk's boundary becomes one MP4, every frame, sound with it, nothing encoded`, async (t) => {
    const { clips, order, finished } = await clipBench(t, { container });
    const ordered = await clips.order(order(2, 7));
    const { job, result } = await finished(ordered.job.id);
    assert.ok(result);
    const { path, name } = await clips.file(job.id);
    assert.match(name, /^news-\d{8}T\d{6}Z\.mp4$/);
    const seen = await probeMedia(path);
    assert.equal(seen.video, 5 * 25);
    // 48 kHz in frames of 1024; one or two more or less at the seams.
    assert.ok(Math.abs(seen.audio - (5 * 48_000) / 1024) <= 3, `${seen.audio} frames of sound`);
    assert.ok(Math.abs(seen.start) < 0.1 && Math.abs(seen.seconds - 5) < 0.2, JSON.stringify(seen));
    assert.equal(result.sizeBytes, (await stat(path)).size);
    assert.deepEqual([result.durationMs, result.gaps], [5000, []]);
  });
}

test('a torn range is refused, or what is missing is left out and said', async (t) => {
  const { clips, order, finished } = await clipBench(t, { without: [4, 5, 6, 7, 9] });
  await assert.rejects(clips.order(order(2, 12)), { code: 'RANGE_HAS_GAPS' });
  const { job } = await clips.order(order(2, 12, { gap: 'skip' }));
  const { result } = await finished(job.id);
  const seen = await probeMedia((await clips.file(job.id)).path);
  assert.equal(seen.video, 5 * 25, 'two, one and two seconds');
  assert.ok(Math.abs(seen.seconds - 5) < 0.3, JSON.stringify(seen));
  assert.deepEqual(
    result?.gaps.map(({ startMs, endMs }) => Math.round((endMs - startMs) / 1000)),
    [4, 1],
  );
});

test('what can not be made is refused at once, with the field', async (t) => {
  const { clips, order } = await clipBench(t);
  await assert.rejects(clips.order(order(5, 5)), { code: 'RANGE_INVALID', field: 'end' });
  await assert.rejects(clips.order(order(0, 25 * 3600)), { code: 'RANGE_INVALID' });
  await assert.rejects(clips.order(order(0, 3600)), { code: 'RANGE_INVALID' });
  await assert.rejects(clips.order(order(-3600, -3500)), { code: 'RANGE_EMPTY' });
  await assert.rejects(clips.order(order(0, 4, { channel: 'other' })), { code: 'CHANNEL_UNKNOWN' });
  await assert.rejects(clips.get('x'), { code: 'CLIP_UNKNOWN' });
  assert.deepEqual(await clips.list(), []);
});

test('one that a stop interrupted is made by the next run; asked for twice it is made once', async (t) => {
  const begun = Promise.withResolvers<void>();
  let isHeld = true;
  const maker = (own: ClipMaker): ClipMaker => ({
    ...ownMethods(own),
    make: async (work) => {
      if (!isHeld) return await own.make(work);
      begun.resolve();
      return await new Promise((_, reject) => work.abort.addEventListener('abort', () => reject(work.abort.reason)));
    },
  });
  const { bench, clips, order, stop, open } = await clipBench(t, { maker });
  const { job } = await clips.order(order(0, 4));
  assert.equal((await clips.order(order(0, 4))).job.id, job.id);
  await begun.promise;
  stop.abort();
  await until(() => bench.jobs.get(job.id)?.state === 'retrying', { what: 'it to be handed back' });
  isHeld = false;
  const next = new AbortController();
  t.after(() => next.abort());
  const again = open(next);
  const { result } = await finishedClip(() => again.get(job.id));
  assert.equal(result?.durationMs, 4000);
});

test('a clip that is given up leaves nothing behind, and a finished one goes when its time is over', async (t) => {
  const { clips, order, finished, folder, setClockAhead, open, stop } = await clipBench(t);
  const { job } = await clips.order(order(0, 4));
  const { removedAt, result } = await finished(job.id);
  assert.equal((removedAt ?? 0) - (result?.finishedAt ?? 0), 7 * 24 * 3600_000);
  const other = await clips.order(order(0, 8));
  await clips.remove(other.job.id);
  await assert.rejects(clips.get(other.job.id), { code: 'CLIP_UNKNOWN' });
  const files = async () => (await readdir(folder)).sort();
  await until(async () => (await files()).join() === `${job.id}.json,${job.id}.mp4`, { what: 'only the first one' });

  setClockAhead(8 * 24 * 3600_000);
  stop.abort();
  const next = new AbortController();
  t.after(() => next.abort());
  const again = open(next);
  await until(async () => (await files()).length === 0, { what: 'the old file to go' });
  assert.deepEqual(await again.list(), []);
});

test('the bus hears what is ordered, finished, failed and deleted, each once, with its figures and its reason', async (t) => {
  let isBroken = false;
  const maker = (own: ClipMaker): ClipMaker => ({
    ...ownMethods(own),
    make: async (work) => {
      if (!isBroken) return await own.make(work);
      throw new ReelflowError('CLIP_FAILED', 'rtsp://u:secret@host/ broke');
    },
  });
  const { clips, order, finished } = await clipBench(t, { maker });
  const bus = new RecordedBus();
  const open = (listener: (clips: ClipDesk) => void) => {
    listener(clips);
    return () => {};
  };
  const stopTelling = publishClips({ clips: { onOpen: open }, bus, agent: 'hall-1', clock: { now: () => Date.now() } });
  const told = () => bus.on('reelflow/hall-1/event/clip').map((message) => clipEventMessage.parse(message));
  const { job } = await clips.order(order(0, 4, { title: 'at eight' }));
  await clips.order(order(0, 4));
  const { result } = await finished(job.id);
  await clips.remove(job.id);
  assert.deepEqual(
    told().map(({ at: _at, ...rest }) => rest),
    [{ state: 'queued' }, { state: 'completed', ...figuresOf(result) }, { state: 'deleted', ...figuresOf(result) }].map(
      (rest) => ({
        ...{ id: job.id, channel: 'news', title: 'at eight', ...rest },
        start: new Date(job.data.startMs).toISOString(),
        end: new Date(job.data.endMs).toISOString(),
      }),
    ),
  );
  isBroken = true;
  const broken = await clips.order(order(4, 8));
  await until(() => told().length === 5, patience);
  assert.deepEqual(
    told()
      .slice(3)
      .map(({ id, state, error }) => [id, state, error]),
    [
      [broken.job.id, 'queued', undefined],
      [broken.job.id, 'failed', { code: 'CLIP_FAILED', message: 'rtsp://***@host/ broke' }],
    ],
  );
  isBroken = false;
  await until(async () => (await clips.get(broken.job.id)).job.state === 'failed', patience);
  await clips.retry(broken.job.id);
  await until(() => told().at(-1)?.state === 'completed', patience);
  assert.equal(told().length, 7);
  stopTelling();
});

test('what was made but not told when the station went down is told by the next run, and not made again', async (t) => {
  let made = 0;
  const maker = (own: ClipMaker): ClipMaker => ({
    ...ownMethods(own),
    make: async (work) => {
      made += 1;
      return await own.make(work);
    },
  });
  const { bench, clips, order, stop, open } = await clipBench(t, { maker });
  let isHeard = false;
  // Whoever has to keep it is kept from it.
  clips.onEvent(async ({ state }) => {
    if (state !== 'completed') return;
    isHeard = true;
    await new Promise((_, reject) => stop.signal.addEventListener('abort', reject));
  });
  const { job } = await clips.order(order(0, 4));
  await until(() => isHeard, { ...patience, what: 'the clip to be told' });
  assert.equal(bench.jobs.get(job.id)?.state, 'active', 'it is not over before everybody has heard of it');
  assert.equal((await clips.get(job.id)).job.state, 'completed', 'the file is there all the same');
  stop.abort();
  await until(() => bench.jobs.get(job.id)?.state === 'retrying', { what: 'it to be handed back' });
  const next = new AbortController();
  t.after(() => next.abort());
  const told: string[] = [];
  open(next).onEvent(({ state, clip }) => void told.push(`${clip.job.id} ${state}`));
  await until(() => told.length === 1, { what: 'the event' });
  assert.deepEqual([told, made], [[`${job.id} completed`], 1]);
});

function figuresOf(result: Clip['result']) {
  return { sizeBytes: result?.sizeBytes, durationMs: 4000, gapCount: 0 };
}
