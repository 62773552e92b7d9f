import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FolderClipMaker } from '../../nodes/adapters/clips/folder-clip-maker.ts';
import registerClip from '../../nodes/capture-clip/capture-clip.ts';
import { ClipDesk } from '../../nodes/core/clips/clip-desk.ts';
import { Playback } from '../../nodes/core/playback/playback.ts';
import type { Station } from '../../nodes/core/station.ts';
import { InstantLoop } from '../../nodes/core/time/instant-loop.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { archiveWithSource } from '../core/archive/fixtures/archive-with-source.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { until } from '../fixtures/until.ts';

const chunkMs = 4000;
const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The node, and an archive with 16 seconds of the past. */
async function start(t: TestContext, fields: object) {
  const { live, bench } = await archiveWithSource(t);
  const startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(live.folder, { startMs, seconds: 16 });
  await bench.boot();
  await bench.archive.putChannel('news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  await bench.stored('news', 4);
  const archive = { isUsed: true, open: async () => bench.archive, onOpen: () => () => {} };
  const stop = new AbortController();
  const maker = new FolderClipMaker(join(bench.folder, 'archive-clips'));
  const parts = { jobs: bench.jobs, playback: new Playback({ archive, clock }), maker, clock, log };
  const clips = new ClipDesk({ ...parts, loop: new InstantLoop(clock) }, stop.signal);
  provideStation({ clips: { isUsed: true, open: async () => clips }, clock } as unknown as Station);
  const node = { id: 'clip', type: 'capture-clip', version: 1, wires: [['out']], ...fields };
  const runtime = await startNodeRuntime([registerClip as never], [node, { id: 'out', type: 'sink' }]);
  t.after(async () => {
    await runtime.stop();
    stop.abort();
  });
  return { runtime, startMs };
}

test('a message becomes a file, named in the answer', async (t) => {
  const { runtime, startMs } = await start(t, { channel: 'news' });
  const from = new Date(startMs + 2000).toISOString();
  runtime.node('clip').receive({ payload: { start: from, end: startMs + 6000, title: 'at eight' }, keep: 'me' });
  await until(() => runtime.received('out').length === 1, { what: 'the file', timeoutMs: 60_000 });
  const [{ topic, keep, payload } = {}] = runtime.received('out') as Record<string, Record<string, unknown>>[];
  assert.deepEqual([topic, keep], ['clip', 'me']);
  assert.deepEqual(
    [payload?.['channel'], payload?.['title'], payload?.['durationMs'], payload?.['gaps']],
    ['news', 'at eight', 4000, []],
  );
  assert.equal((await readFile(String(payload?.['path']))).length, payload?.['sizeBytes']);
  await until(() => runtime.statuses('clip').at(-1)?.['text'] === 'news: 4 s', { what: 'the status' });
});

test('without a start it is as long as the node says; what is refused is said, and no file comes', async (t) => {
  const { runtime, startMs } = await start(t, { channel: 'news', lastSeconds: 3600 });
  runtime.node('clip').receive({ payload: { channel: 'other' } });
  const said = () => runtime.lines('clip').filter(({ level }) => level === 'error');
  await until(() => said().some(({ text }) => /no channel "other"/.test(text)), { what: 'the refusal' });
  runtime.node('clip').receive({ payload: { start: 'noon' } });
  await until(() => said().some(({ text }) => /msg\.payload\.start/.test(text)), { what: 'the wrong time' });
  runtime.node('clip').receive({ payload: { end: startMs + 16_000 } });
  await until(() => runtime.received('out').length === 1, { what: 'the file', timeoutMs: 60_000 });
  const [{ payload } = {}] = runtime.received('out') as { payload?: { durationMs: number; gaps: object[] } }[];
  assert.equal(payload?.durationMs, 16_000);
  assert.ok((payload?.gaps.length ?? 0) > 0, 'what is before it');
});
