import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser, openPage } from '../../dashboard/browser.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { channel, playbackServer } from './fixtures/playback-server.ts';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

interface Played {
  frames: number;
  seconds: number;
  error: string;
}

/** Runs in the page: hls.js plays a playlist to its end. */
const playToEnd = `async (url) => {
  const { default: Hls } = await import('/hls.mjs');
  const video = document.querySelector('video');
  // A refused key is not asked for again and again.
  const keyLoadPolicy = { default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 8000, timeoutRetry: null, errorRetry: null } };
  const hls = new Hls({ startPosition: 0, keyLoadPolicy });
  return await new Promise((resolve) => {
    const done = (error) => {
      const { totalVideoFrames } = video.getVideoPlaybackQuality();
      const seconds = video.currentTime;
      hls.destroy();
      resolve({ frames: totalVideoFrames, seconds, error });
    };
    hls.on('hlsError', (_event, { fatal, details }) => fatal && done(details));
    video.onended = () => done('');
    video.muted = true;
    hls.loadSource(url);
    hls.attachMedia(video);
    void video.play();
  });
}`;

for (const container of ['fmp4', 'ts'] as const) {
  test(`${container}: hls.js shows as many frames of encrypted HLS as of the clear; not without the key`, async (t) => {
    const { address, bench, url, range } = await playbackServer(t, { container });
    const { page, problems } = await openPage(browser);
    t.after(() => page.context().close());
    const library = await readFile(createRequire(import.meta.url).resolve('hls.js/dist/hls.mjs'), 'utf8');
    await page.route(`${url}/hls.mjs`, (route) => route.fulfill({ contentType: 'text/javascript', body: library }));
    await page.route(`${url}/page`, (route) => route.fulfill({ contentType: 'text/html', body: '<video></video>' }));
    await page.goto(`${url}/page`);
    const play = (playlist: string) => page.evaluate(`(${playToEnd})(${JSON.stringify(playlist)})`) as Promise<Played>;

    const asked = `${address(2, 6)}.m3u8`;
    const clear = await play(asked);
    assert.equal(clear.error, '');
    assert.equal(clear.frames, 4 * framesPerSecond);
    await bench.archive.putChannel(channel, { isHlsEncrypted: true });
    const keys: string[] = [];
    page.on('request', (request) => /\/keys\//.test(request.url()) && keys.push(request.url()));
    assert.deepEqual({ ...(await play(asked)), seconds: 0 }, { ...clear, seconds: 0 });
    assert.ok(keys.length > 0);

    await page.route(/\/keys\//, (route) => route.fulfill({ status: 401, body: '' }));
    const refused = await play(`${url}/archive/${channel}/${range(8, 10)}.m3u8`);
    assert.deepEqual([refused.error, refused.frames], ['keyLoadError', 0]);
    assert.deepEqual(problems, []);
  });
}
