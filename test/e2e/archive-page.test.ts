import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, openPage, screens } from '../dashboard/browser.ts';
import { assertFits } from '../dashboard/page-fit.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/** The archive's page: a channel of a minute of the past, of which the source has lost two seconds, and a whole chunk. */
const chunkMs = 10_000;
let live: LiveHls;
let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  [station, browser] = await Promise.all([startStation({ scenario: 'live-archive' }), openBrowser()]);
  live = await LiveHls.serve(join(station.dataRoot, 'source'));
  const startMs = Math.floor((Date.now() - 90_000) / chunkMs) * chunkMs;
  const without = [21, 22, ...Array.from({ length: 10 }, (_, index) => 30 + index)];
  await writePastHls(live.folder, { startMs, seconds: 60, without });
  ({ page, problems } = await openPage(browser, { acceptDownloads: true }));
  await logIn(page, station, '/dashboard/archive');
});

after(async () => {
  await browser?.close();
  await live?.close();
  await station?.stop();
});

const card = () => page.getByTestId('channel-news');

test('a channel is made on the page; what is wrong is said in words', async () => {
  await page.getByText('There are no channels yet').waitFor();
  await page.getByTestId('add').click();
  const form = page.getByTestId('channel-form');
  await form.getByTestId('field-name').locator('input').fill('news');
  await form.getByTestId('field-url').locator('input').fill('file:///etc/passwd');
  await form.getByTestId('field-chunk').click();
  await page.getByRole('option', { name: '10 seconds' }).click();
  await form.getByTestId('save').click();
  await form
    .getByTestId('refusal')
    .getByText(/must begin with/)
    .waitFor();
  await form.getByTestId('field-url').locator('input').fill(live.url.replace('//', '//viewer:hunter2@'));
  await form.getByTestId('save').click();
  await form.waitFor({ state: 'detached' });
  // Newer segments do not come: it stands still, which is said.
  await card().getByTestId('channel-state').getByText('Late').waitFor({ timeout: 60_000 });
  assert.doesNotMatch(await page.content(), /hunter2/);
});

test('its timeline shows what is whole, holed and missing; a press on a gap says why', async () => {
  await page.getByTestId('zoom-minutes').click();
  const piece = (kind: string) => card().locator(`g[data-kind="${kind}"]`).first();
  for (const kind of ['whole', 'holed', 'missing']) await piece(kind).waitFor({ state: 'attached', timeout: 60_000 });
  await piece('missing').locator('rect').click({ force: true });
  const dialog = page.getByTestId('stretch-dialog');
  await dialog.getByText('Missing', { exact: true }).waitFor();
  await dialog.getByTestId('close').click();
  await dialog.waitFor({ state: 'detached' });

  await card().getByTestId('gaps').locator('summary').click();
  await card().getByTestId('gap').filter({ hasText: 'With holes' }).click();
  await dialog
    .getByTestId('holes')
    .getByText(/\(2 s\): the source/)
    .waitFor();
  await dialog.getByTestId('close').click();
  await dialog.waitFor({ state: 'detached' });
});

test('the keyboard reads the timeline and opens what is under it', async () => {
  const line = card().getByTestId('archive-timeline');
  await line.focus();
  await page.keyboard.press('End');
  const words = () => line.getAttribute('aria-valuetext');
  await until(
    async () => {
      await page.keyboard.press('ArrowLeft');
      return /Whole\. Everything is there\./.test((await words()) ?? '');
    },
    { timeoutMs: 60_000, what: 'the cursor to come to what is whole' },
  );
  await page.keyboard.press('Enter');
  await page.getByTestId('archive-player').waitFor();
  await page.getByTestId('close-player').click();
});

/** What is read of the video; the tests are compiled without the DOM. */
interface Video {
  muted: boolean;
  currentTime: number;
  videoWidth: number;
  play(): Promise<void>;
}

/** Waits until the player has come on by a second. */
async function plays(): Promise<void> {
  const video = page.getByTestId('archive-video');
  await video.evaluate((element) => {
    const own = element as unknown as Video;
    own.muted = true;
    return own.play().catch(() => {});
  });
  const seen = () =>
    video.evaluate((element) => {
      const { currentTime, videoWidth } = element as unknown as Video;
      return { currentTime, videoWidth };
    });
  await until(async () => (await seen()).currentTime > 1, { what: 'the archive to play', timeoutMs: 60_000 });
  assert.equal((await seen()).videoWidth, 160);
}

test('a press on what is stored plays from there, with its time of day, and the newest plays too', async () => {
  await card().locator('g[data-kind="whole"]').first().click({ force: true });
  await plays();
  await page.getByTestId('playhead').waitFor({ state: 'attached' });
  const words = await page.getByTestId('playing-at').textContent();
  assert.match(words ?? '', /^\d\d:\d\d:\d\d from \w+/);

  // Its bar goes by the time of day, over holes too, and shows what was on where the mouse is.
  const bar = page.getByTestId('seek');
  const { width = 0, height = 0 } = (await bar.boundingBox()) ?? {};
  // Behind the chunk that is missing.
  const position = { x: width * 0.8, y: height / 2 };
  await bar.hover({ position });
  const picture = bar.getByTestId('peek').locator('img');
  const widthOf = () => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  await until(async () => (await picture.count()) > 0 && (await widthOf()) === 160, {
    what: 'the picture over the bar',
    timeoutMs: 60_000,
  });
  const place = async () => Number(await bar.locator('input').inputValue());
  const before = await place();
  await bar.click({ position });
  await until(async () => (await place()) > before + 5000, { what: 'the place that was pressed', timeoutMs: 30_000 });
  await bar.locator('input').press('ArrowLeft');
  await page.getByTestId('start-over').click();
  const least = Number(await bar.locator('input').getAttribute('min'));
  await until(async () => (await place()) < least + 5000, { what: 'the begin', timeoutMs: 30_000 });

  await page.getByTestId('close-player').click();
  await page.getByTestId('playhead').waitFor({ state: 'detached' });
  await page.getByTestId('live-edge').click();
  await plays();
  await page.getByTestId('close-player').click();
});

test('over the timeline the mouse sees what was on', async () => {
  await card().locator('g[data-kind="whole"]').first().hover({ force: true });
  const picture = page.getByTestId('peek').locator('img');
  const widthOf = () => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  await until(async () => (await picture.count()) > 0 && (await widthOf()) === 160, {
    what: 'the picture',
    timeoutMs: 60_000,
  });
  await page.mouse.move(0, 0);
  await page.getByTestId('peek').waitFor({ state: 'detached' });
});

test('a clip is drawn on the timeline; its links work, it plays, and it is kept and released', async () => {
  const box = await card().locator('g[data-kind="whole"]').first().boundingBox();
  assert.ok(box);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, y, { steps: 4 });
  await page.mouse.move(box.x + box.width - 2, y);
  await page.mouse.up();
  const clip = page.getByTestId('clip');
  await clip.waitFor();
  await page.getByTestId('chosen').waitFor({ state: 'attached' });

  for (const [kind, begin] of [
    ['hls', '#EXTM3U'],
    ['smil', '<?xml'],
  ] as const) {
    await clip.getByTestId(`clip-${kind}`).click();
    const address = await clip.getByTestId('link').locator('input').inputValue();
    const answer = await station.api(address);
    assert.equal(answer.status, 200, address);
    assert.equal((await answer.text()).slice(0, begin.length), begin);
  }
  await clip.getByTestId('clip-share').click();
  await clip.getByTestId('share-make').click();
  const shared = clip.getByTestId('link').locator('input');
  await until(async () => /\/shared\//.test(await shared.inputValue()), { what: 'the link' });
  const playlist = await fetch(await shared.inputValue());
  assert.equal(playlist.status, 200, 'without a login');
  assert.match(await playlist.text(), /#EXTM3U/);
  assert.equal((await fetch(`${station.url}/archive/news/objects/x`)).status, 401, 'and nothing else');
  await clip.getByTestId('copy').click();
  await clip.getByTestId('copy').getByText('Copied').waitFor();
  const address = await shared.inputValue();
  await clip.getByTestId('share-revoke').click();
  await page.getByRole('alertdialog').getByText('Keep').click();
  assert.equal((await fetch(address)).status, 200, 'asked first');
  await clip.getByTestId('share-revoke').click();
  await page.getByTestId('confirm').click();
  await clip.getByText('No link that was made before works any more.').waitFor();
  assert.equal((await fetch(address)).status, 403);
  await clip.getByTestId('share-make').click();
  await until(async () => (await shared.count()) > 0 && (await fetch(await shared.inputValue())).status === 200, {
    what: 'a new link',
  });
  await clip.getByTestId('clip-play').click();
  await plays();
  await page.getByTestId('close-player').click();

  await clip.getByTestId('lock-note').locator('input').fill('for the news at eight');
  await clip.getByTestId('clip-lock').click();
  await clip.waitFor({ state: 'detached' });
  await card().locator('.rf-lock').first().waitFor({ state: 'attached' });
  await card().getByTestId('locks').locator('summary').click();
  await card().getByTestId('lock').getByText('for the news at eight').waitFor();
  await card().getByTestId('unlock').click();
  await card().getByTestId('locks').waitFor({ state: 'detached' });
});

test('a file is made of a clip, with a question where it has gaps; it is downloaded and removed', async () => {
  const holed = await card().locator('g[data-kind="holed"]').first().boundingBox();
  assert.ok(holed);
  const y = holed.y + holed.height / 2;
  await page.mouse.move(holed.x - 12, y);
  await page.mouse.down();
  await page.mouse.move(holed.x + holed.width - 3, y, { steps: 4 });
  await page.mouse.up();
  const clip = page.getByTestId('clip');
  await clip.getByTestId('lock-note').locator('input').fill('Eight o clock');
  await clip.getByTestId('clip-export').click();
  await clip
    .getByTestId('export-gaps')
    .getByText(/SEGMENT_LOST|SOURCE_SILENT/)
    .waitFor();
  await clip.getByTestId('export-skip').click();
  await clip.waitFor({ state: 'detached' });
  const file = page.getByTestId('clip-completed');
  await file.getByText('Eight o clock').waitFor({ timeout: 60_000 });
  await file.getByText(/1 gap left out/).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), file.getByTestId('clip-download').click()]);
  assert.match(download.suggestedFilename(), /^news-\d{8}T\d{6}Z\.mp4$/);
  assert.equal((await readFile(await download.path())).subarray(4, 8).toString(), 'ftyp');
  await file.getByTestId('clip-remove').click();
  await page.getByTestId('clips').waitFor({ state: 'detached' });
});

test('with the shift key the arrows choose a clip', async () => {
  await card().getByTestId('archive-timeline').focus();
  await page.keyboard.press('Home');
  for (let count = 0; count < 3; count++) await page.keyboard.press('Shift+ArrowRight');
  await page.getByTestId('clip').getByText('0:30').waitFor();
  await page.getByTestId('clip-close').click();
  await page.getByTestId('clip').waitFor({ state: 'detached' });
});

test('jobs and storage', async () => {
  await page.getByTestId('all-jobs').click();
  await page.getByTestId('job-completed').first().waitFor();
  await page
    .getByTestId('storage')
    .getByText(/when full/)
    .waitFor();
});

test('what is stored is verified from the page, decoded too, with what was found', async () => {
  await card().getByTestId('care').click();
  const dialog = page.getByTestId('care-dialog');
  const verify = dialog.getByTestId('care-verify');
  await verify.getByTestId('decode').locator('input').check();
  await verify.getByTestId('care-order').click();
  await verify
    .getByTestId('care-words')
    .getByText(/no fault in \d+ chunks, everything decoded/)
    .waitFor({ timeout: 60_000 });
  await verify.locator('summary').click();
  await verify.getByText(/chunks verified, all as they should be/).waitFor();
  await dialog.getByTestId('care-rebuild').getByTestId('care-order').click();
  await dialog
    .getByTestId('care-rebuild')
    .getByText(/nothing that the index lacked/)
    .waitFor({ timeout: 60_000 });
  await dialog.getByTestId('close').click();
  await dialog.waitFor({ state: 'detached' });
});

test('a source that goes away is told as trouble; the channel is edited, paused and resumed', async () => {
  live.faults.set(/live/, 503);
  await card().getByTestId('channel-state').getByText('Trouble').waitFor({ timeout: 60_000 });
  await card().getByTestId('trouble').getByText(/503/).waitFor();
  live.faults.clear();
  await card().getByTestId('channel-state').getByText('Late').waitFor({ timeout: 60_000 });

  await card().getByTestId('edit').click();
  const form = page.getByTestId('channel-form');
  assert.match(await form.getByTestId('field-url').locator('input').inputValue(), /\*\*\*@/);
  await form.getByTestId('field-days').locator('input').fill('2');
  await form.getByTestId('save').click();
  await card().getByText('48 h').or(card().getByText('2 days')).waitFor();
  await card().getByTestId('pause').click();
  await card().getByTestId('channel-state').getByText('Paused').waitFor();
  await card().getByTestId('resume').click();
  await card().getByTestId('channel-state').getByText('Late').waitFor({ timeout: 60_000 });
});

for (const [screen, viewport] of Object.entries({ ...screens, desktop: { width: 1600, height: 1000 } })) {
  for (const look of ['light', 'dark']) {
    test(`${screen}, ${look}: it fits, and fingers find its buttons`, async () => {
      const { page: own, problems: ownProblems } = await openPage(browser, { viewport, hasTouch: true });
      await own.addInitScript((choice) => localStorage.setItem('reelflow.appearance', choice), look);
      await logIn(own, station, '/dashboard/archive');
      await own.getByTestId('zoom-hour').click();
      await own.locator('g[data-kind="holed"]').first().waitFor({ state: 'attached' });
      const folder = process.env['SCREENSHOTS'];
      if (folder) await own.screenshot({ path: `${folder}/archive-${look}-${viewport.width}.png`, fullPage: true });
      await assertFits(own, 'archive', look);
      assert.deepEqual(ownProblems, []);
      await own.context().close();
    });
  }
}

test('removing a channel says what goes and what stays, and asks', async () => {
  await card().getByTestId('remove').click();
  await page.getByText(/What is stored stays/).waitFor();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await card().waitFor({ state: 'detached' });
  await page.getByText('There are no channels yet').waitFor();
  assert.deepEqual(problems, []);
});
