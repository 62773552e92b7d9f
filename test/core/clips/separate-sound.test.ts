import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { execa } from 'execa';
import { isoSeconds } from '../../../nodes/core/archive/chunk-key.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { flashesAndBeeps, probeMedia } from '../../fixtures/probe-media.ts';
import { get, servePlayback } from '../../nodes/plugin-playback/fixtures/playback-server.ts';
import { clipBench } from './fixtures/clip-bench.ts';

const soundPerSecond = 48_000 / 1024;
/** Of one picture. */
const stepSeconds = 1 / framesPerSecond;
/** A segment of sound belongs where most of it is. */
const halfSegment = 0.51;

/** So many seconds of the large picture, with sound, and every white picture with the beep that began with it. */
async function assertInStep(address: string, seconds: number, flashCount: number): Promise<void> {
  const seen = await probeMedia(address);
  assert.equal(seen.video, seconds * framesPerSecond);
  assert.ok(Math.abs(seen.audio - seconds * soundPerSecond) <= 2 * soundPerSecond, `${seen.audio} frames of sound`);
  const { flashes, beeps } = await flashesAndBeeps(address);
  // The last of each is the end of the file.
  const told = flashes.slice(0, -1);
  assert.equal(told.length, flashCount, `white pictures at ${flashes.join(', ')}`);
  for (const at of told) {
    const off = Math.min(...beeps.map((beep) => Math.abs(beep - at)));
    assert.ok(off < stepSeconds, `white picture at ${at}, beeps at ${beeps.join(', ')}`);
  }
}

/** When the picture and the sound of a file begin and end, seconds. */
async function edgesOf(path: string): Promise<{ starts: number[]; ends: number[] }> {
  const entries = ['-show_entries', 'stream=start_time,duration', '-of', 'json'];
  const { stdout } = await execa('ffprobe', ['-v', 'error', ...entries, path]);
  const { streams } = JSON.parse(stdout) as { streams: { start_time: string; duration: string }[] };
  const starts = streams.map(({ start_time }) => Number(start_time));
  return { starts, ends: streams.map(({ duration }, index) => (starts[index] ?? 0) + Number(duration)) };
}

const spread = (times: readonly number[]) => Math.max(...times) - Math.min(...times);

describe('separate sound, and a ladder', { concurrency: 4 }, () => {
  for (const container of ['fmp4', 'ts'] as const) {
    test(`${container}: a clip of a ladder with separate sound has the best picture, and both in step, over a seam too`, async (t) => {
      const lost = [5, 6];
      const { clips, order, finished } = await clipBench(t, {
        ladder: { container, without: { small: lost, large: lost, sound: lost } },
      });
      const whole = await clips.order(order(7.5, 15.5));
      const torn = await clips.order(order(0, 16, { gap: 'skip' }));
      const { result } = await finished(whole.job.id);
      assert.deepEqual([result?.durationMs, result?.gaps], [9000, []]);
      const { path } = await clips.file(whole.job.id);
      assert.equal((await probeMedia(path)).size, '320x180');
      await assertInStep(path, 9, 4);
      const { starts, ends } = await edgesOf(path);
      assert.equal(starts.length, 2);
      assert.ok(spread(starts) < halfSegment && spread(ends) < halfSegment, JSON.stringify({ starts, ends }));
      await finished(torn.job.id);
      // White at 2, 4, 8, 10, 12 and 14; that of 6 is lost.
      await assertInStep((await clips.file(torn.job.id)).path, 14, 6);
    });
  }

  test('HLS and DASH of a ladder with separate sound play all of both, in step; its links and pictures too', async (t) => {
    const { bench, startMs } = await clipBench(t, { ladder: {} });
    const { url, shares, close } = await servePlayback(bench.archive);
    t.after(close);
    const range = `${isoSeconds(startMs + 3000)}--${isoSeconds(startMs + 11_000)}`;
    const link = shares.share({ channel: 'news', startMs: startMs + 3000, endMs: startMs + 11_000 }, 60_000).path;
    for (const path of [`/archive/news/${range}.m3u8`, `/archive/news/${range}.mpd`, link]) {
      await assertInStep(url + path, 8, 4);
    }
    const { text } = await get(`${url}/archive/news/${range}.m3u8`);
    assert.match(text, /#EXT-X-MEDIA:TYPE=AUDIO,.*DEFAULT=YES/);
    assert.equal(text.match(/RESOLUTION=\d+x\d+,.*AUDIO="/g)?.length, 2, text);
    const manifest = (await get(`${url}/archive/news/${range}.mpd`)).text;
    assert.equal(manifest.match(/<AdaptationSet contentType="audio"/g)?.length, 1);
    assert.equal(manifest.match(/<Representation [^>]* width=/g)?.length, 2);
    const pictures = [...(await get(`${url}/archive/news/${range}.vtt?every=2`)).text.matchAll(/\.\/thumbnails\/\S+/g)];
    assert.equal(pictures.length, 4);
    for (const [path] of pictures) assert.equal((await fetch(new URL(path, `${url}/archive/news/`))).status, 200);
  });

  test('what is lost of one stream: another picture is taken where it has more, a hole in the sound is said', async (t) => {
    const { clips, order, finished } = await clipBench(t, {
      ladder: { without: { small: [2], large: [9, 10, 11], sound: [12] } },
    });
    const sizeOf = async (id: string) => {
      await finished(id);
      return (await probeMedia((await clips.file(id)).path)).size;
    };
    const large = await clips.order(order(0, 6));
    assert.equal(await sizeOf(large.job.id), '320x180', 'the hole of the small one is none of its');
    const small = await clips.order(order(6, 12));
    assert.equal(await sizeOf(small.job.id), '160x90');
    const refused = clips.order(order(12, 16));
    await assert.rejects(refused, {
      code: 'RANGE_HAS_GAPS',
      message: /audio-en, SEGMENT_LOST|audio-en, SOURCE_SILENT/,
    });
    const { job } = await clips.order(order(12, 16, { gap: 'skip' }));
    const { result } = await finished(job.id);
    assert.deepEqual(
      result?.gaps.map(({ track }) => track),
      ['audio-en'],
    );
    // Its first second has no sound: what comes then is where it belongs.
    await assertInStep((await clips.file(job.id)).path, 4, 1);
  });
});
