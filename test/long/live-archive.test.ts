import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Sidecar } from '../../nodes/core/archive/sidecar.ts';
import { framesPerSecond, LiveHls } from '../fixtures/live-hls.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/** The names of all segments that a source offered while it was watched. */
class Observer {
  readonly offered = new Set<string>();
  readonly #stop = new AbortController();

  constructor(playlist: string) {
    void this.#watch(playlist);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #watch(playlist: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const text = await readFile(playlist, 'utf8').catch(() => '');
      for (const [name] of text.matchAll(/^\S+\.m4s$/gm)) this.offered.add(name);
      await delay(200);
    }
  }
}

test('five minutes of a channel, the source ended twice, the runtime killed twice, the store away for a minute', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-long-'));
  const dataRoot = join(folder, 'data');
  const live = await LiveHls.serve(join(folder, 'source'));
  const observer = new Observer(join(folder, 'source', 'live.m3u8'));
  const stations: RunningStation[] = [];
  const boot = async () => {
    stations.push(await startStation({ dataRoot, scenario: 'live-archive' }));
    return stations.at(-1) as RunningStation;
  };
  t.after(async () => {
    observer.stop();
    for (const station of stations) await station.stop();
    await live.close();
    await rm(folder, { recursive: true, force: true });
  });
  const begunAt = performance.now();
  const passed = (seconds: number) =>
    until(() => performance.now() - begunAt > seconds * 1000, {
      timeoutMs: 400_000,
      everyMs: 200,
      what: `${seconds} s`,
    });
  let station = await boot();
  const channel = { sourceUrls: [live.url], chunkMs: 10_000 };
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(channel) };
  assert.equal((await station.api('/api/v1/channels/bar', put)).status, 201);
  live.start({ listSize: 90 });

  await passed(45);
  await station.kill9();
  station = await boot();
  await passed(80);
  await live.kill();
  await passed(90);
  live.start({ listSize: 90 });
  await passed(125);
  const store = join(dataRoot, 'archive');
  await rename(store, `${store}.away`);
  await writeFile(store, 'unplugged');
  await passed(185);
  await rm(store);
  await rename(`${store}.away`, store);
  await passed(200);
  await station.kill9();
  station = await boot();
  await passed(240);
  await live.kill();
  await passed(250);
  live.start({ listSize: 90 });
  await passed(300);
  await live.kill();

  const jobs = async () =>
    ((await (await station.api('/api/v1/jobs?limit=1000')).json()) as { jobs: { state: string; error?: object }[] })
      .jobs;
  const isDone = ({ state }: { state: string }) => state === 'completed' || state === 'failed';
  await until(async () => (await jobs()).every(isDone), {
    timeoutMs: 120_000,
    everyMs: 500,
    what: 'every job to be done',
  });
  // Where only the end of the last segment reaches into a chunk, or the source was away for all of it, there is nothing.
  const failed = (await jobs()).filter(({ state }) => state === 'failed');
  const silent = { code: 'SOURCE_SILENT', message: 'the source had nothing of this time' };
  assert.deepEqual(
    failed.map(({ error }) => error),
    failed.map(() => silent),
  );
  observer.stop();
  const sidecars: Sidecar[] = [];
  for (const name of await readdir(store, { recursive: true })) {
    if (name.endsWith('.json')) sidecars.push(JSON.parse(await readFile(join(store, name), 'utf8')) as Sidecar);
  }
  sidecars.sort((a, b) => a.chunk.startMs - b.chunk.startMs);
  const segments = sidecars.flatMap((one) => one.segments);
  t.diagnostic(`${observer.offered.size} segments offered, ${segments.length} stored in ${sidecars.length} chunks`);
  assert.equal(segments.length, observer.offered.size, 'each segment that the source offered is stored once');
  assert.equal(new Set(segments.map(({ startMs }) => startMs)).size, segments.length);

  // What is missing is what the source had not: before it began, and while it was away.
  const chunks = sidecars.map(({ chunk }) => chunk);
  const end = Math.max(...segments.map(({ startMs, durationMs }) => startMs + durationMs));
  for (const [index, { startMs, durationMs }] of segments.slice(0, -1).entries()) {
    const next = segments[index + 1]?.startMs ?? end;
    const gapMs = next - startMs - durationMs;
    if (gapMs <= 100) continue;
    const holes = chunks
      .flatMap(({ holes }) => holes)
      .filter((hole) => hole.startMs < next && hole.endMs > startMs + durationMs);
    const statedMs = holes.reduce((sum, hole) => sum + hole.endMs - hole.startMs, 0);
    const whole = chunks.filter((chunk) => chunk.startMs < next && chunk.endMs > startMs + durationMs);
    t.diagnostic(`a gap of ${gapMs.toFixed(0)} ms, ${statedMs.toFixed(0)} ms of it stated in ${whole.length} chunks`);
    assert.ok(Math.abs(statedMs - gapMs) < 100 || statedMs + 10_000 >= gapMs, 'a gap that nobody states');
  }

  assert.equal(await decodedFrames(folder, store, sidecars), segments.length * framesPerSecond);
  const left = await readdir(join(dataRoot, 'archive-spool'), { recursive: true });
  assert.deepEqual(
    left.filter((name) => name.endsWith('.media')),
    [],
    'nothing is left in the spool',
  );
});

/** Decoded by FFmpeg, a file for each stretch without a discontinuity: it takes a new timeline in a file for an error. */
async function decodedFrames(folder: string, store: string, sidecars: readonly Sidecar[]): Promise<number> {
  const files: Buffer[][] = [];
  for (const { chunk, segments } of sidecars) {
    const [object] = chunk.objects;
    const bytes = await readFile(join(store, object?.key ?? ''));
    for (const { initId, offset, length, isDiscontinuity } of segments) {
      const init = object?.inits.find((one) => one.initId === initId);
      if (init && (isDiscontinuity || files.length === 0))
        files.push([bytes.subarray(init.offset, init.offset + init.length)]);
      files.at(-1)?.push(bytes.subarray(offset, offset + length));
    }
  }
  let frames = 0;
  for (const [index, parts] of files.entries()) {
    const path = join(folder, `stretch-${index}.mp4`);
    await writeFile(path, Buffer.concat(parts));
    const probe = ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames'];
    const { stdout } = await execa('ffprobe', [...probe, '-of', 'csv=p=0', path]);
    frames += Number.parseInt(stdout, 10);
  }
  return frames;
}
