import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, openPage, screens } from '../dashboard/browser.ts';
import { assertFits } from '../dashboard/page-fit.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/** What is read of the page's elements; the tests are compiled without the DOM. */
interface Picture {
  naturalWidth: number;
}
interface Player {
  muted: boolean;
  currentTime: number;
  videoWidth: number;
  play(): Promise<void>;
}

let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  [station, browser] = await Promise.all([startStation(), openBrowser()]);
  ({ page, problems } = await openPage(browser, { acceptDownloads: true }));
});

after(async () => {
  await browser?.close();
  await station?.stop();
});

async function recordings(): Promise<{ id: string; title: string; state: string; tracks: { sizeBytes: number }[] }[]> {
  const answer = await station.api('/api/v1/recordings');
  return ((await answer.json()) as { recordings: [] }).recordings;
}

async function ours() {
  return (await recordings()).find((one) => one.title === 'Test by hand');
}

test('nothing is shown before the login; a wrong password is refused in words', async () => {
  await page.goto(`${station.url}/dashboard/overview`);
  await page.waitForURL(/\/login/);
  await page.fill('input[name=user]', 'admin');
  await page.fill('input[name=password]', 'not this one');
  await page.click('button[type=submit]');
  await page.getByText(/do not belong together/).waitFor();
  await logIn(page, station);
  await page.getByText('Nothing is being recorded').waitFor();
});

test('the overview says what comes next and how full the disk is', async () => {
  const next = page.getByTestId('next-event');
  await next.getByText('First sample recording').waitFor();
  assert.match((await next.textContent()) ?? '', /in 0:\d\d/);
  assert.match((await page.getByTestId('disk').textContent()) ?? '', /free of/);
});

test('"record now" starts a recording: live picture, level, elapsed time', async () => {
  await page.getByTestId('record-now').click();
  await page.getByTestId('record-title').locator('input').fill('Test by hand');
  await page.getByTestId('record-minutes').locator('input').fill('10');
  await page.getByTestId('record-start').click();
  const card = page.getByTestId('running').filter({ hasText: 'Test by hand' });
  await card.waitFor();

  const tile = page.getByTestId('camera-camera');
  await tile.getByText(/Recording/).waitFor();
  const picture = tile.locator('img');
  await until(() => picture.evaluate((image) => (image as unknown as Picture).naturalWidth > 0), {
    what: 'a picture',
    timeoutMs: 20_000,
  });
  const first = await picture.getAttribute('src');
  await until(async () => (await picture.getAttribute('src')) !== first, { what: 'the next picture' });
  await until(async () => /^-\d+ dBFS$/.test((await tile.getByRole('meter').getAttribute('aria-valuetext')) ?? ''), {
    what: 'an audio level',
    timeoutMs: 20_000,
  });
  const elapsed = () => card.getByTestId('elapsed').textContent();
  const before = await elapsed();
  await until(async () => (await elapsed()) !== before, { what: 'the clock to run' });
});

test('"extend" makes it longer', async () => {
  const plannedEnd = async () => {
    const running = await ours();
    const answer = await station.api(`/api/v1/recordings/${running?.id}`);
    return Date.parse(((await answer.json()) as { plannedEnd: string }).plannedEnd);
  };
  const before = await plannedEnd();
  await page.getByTestId('running').filter({ hasText: 'Test by hand' }).getByTestId('extend').click();
  await page.getByTestId('extend-5').click();
  await page.getByTestId('extend-confirm').click();
  await until(async () => (await plannedEnd()) === before + 300_000, { what: 'the later end' });
  await page.getByTestId('extend-confirm').waitFor({ state: 'hidden' });
});

test('"stop" asks first, then the recording is finished', async () => {
  const card = page.getByTestId('running').filter({ hasText: 'Test by hand' });
  await card.getByTestId('stop').click();
  await page.getByRole('button', { name: 'Go on' }).click();
  assert.equal((await ours())?.state, 'recording', 'nothing has happened yet');
  await card.getByTestId('stop').click();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await until(async () => ['recorded', 'delivering', 'delivered'].includes((await ours())?.state ?? ''), {
    what: 'the finished recording',
    timeoutMs: 30_000,
  });
  await card.waitFor({ state: 'detached' });
});

test('the recording is in the list and plays in the page', async () => {
  await page.goto(`${station.url}/dashboard/recordings`);
  await page.getByText('Test by hand').first().click();
  const player = page.getByTestId('player');
  await player.waitFor();
  await player.evaluate((element) => {
    const video = element as unknown as Player;
    video.muted = true;
    return video.play();
  });
  const look = () =>
    player.evaluate((element) => {
      const { currentTime, videoWidth } = element as unknown as Player;
      return [currentTime, videoWidth];
    });
  await until(async () => ((await look())[0] ?? 0) > 1, { what: 'the playing time to advance' });
  assert.equal((await look())[1], 640);
});

test('it can be downloaded whole', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  const file = await readFile(await download.path());
  assert.equal(file.byteLength, (await ours())?.tracks[0]?.sizeBytes);
});

test("the capture tool's log and the details are there", async () => {
  await page.getByRole('tab', { name: 'Details' }).click();
  await page.getByText('started by hand').waitFor();
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByTestId('log').or(page.getByText('The tool said nothing.')).waitFor();
});

test('"delete" says what is lost, asks, and deletes', async () => {
  await page.getByTestId('delete').click();
  await page.getByText(/only copy|What was delivered stays/).waitFor();
  await page.getByRole('button', { name: 'Keep' }).click();
  assert.ok(await ours(), 'nothing has happened yet');
  await page.getByTestId('delete').click();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await page.getByTestId('recording-dialog').waitFor({ state: 'detached' });
  assert.equal(await ours(), undefined);
  await page.getByText('Test by hand').waitFor({ state: 'detached' });
});

test('the schedule shows what is planned, and its details', async () => {
  await page.goto(`${station.url}/dashboard/schedule`);
  await page.getByRole('button', { name: 'List' }).click();
  await page.getByTestId('agenda-entry').filter({ hasText: 'Sample recording' }).first().click();
  await page.getByTestId('event-details').getByText('the calendar').waitFor();
});

for (const [screen, viewport] of Object.entries(screens)) {
  for (const look of ['light', 'dark']) {
    test(`${screen}, ${look}: every page fits, and fingers find its buttons`, async () => {
      const { page: own, problems: ownProblems } = await openPage(browser, { viewport, hasTouch: true });
      await own.addInitScript((choice) => localStorage.setItem('reelflow.appearance', choice), look);
      await logIn(own, station);
      for (const name of ['overview', 'schedule', 'recordings', 'system']) {
        await own.goto(`${station.url}/dashboard/${name}`);
        await own.locator('.rf-content').waitFor();
        const folder = process.env['SCREENSHOTS'];
        if (folder) {
          await own.waitForTimeout(2000);
          await own.screenshot({ path: `${folder}/${name}-${look}-${viewport.width}.png` });
        }
        await assertFits(own, name, look);
      }
      assert.deepEqual(ownProblems, []);
      await own.context().close();
    });
  }
}

test('logging out ends the session of this browser', async () => {
  const { page: own } = await openPage(browser);
  await logIn(own, station, '/dashboard/system');
  await own.getByTestId('logout').click();
  await own.waitForURL(/\/login/);
  await own.goto(`${station.url}/dashboard/system`);
  await own.waitForURL(/\/login/);
  await own.context().close();
});

test('when the runtime is killed the page says so, and comes back by itself', async () => {
  await page.goto(`${station.url}/dashboard/overview`);
  await page.getByTestId('record-now').waitFor();
  await station.kill9();
  await page.getByText(/No connection to Reelflow since/).waitFor();
  assert.equal(await page.getByTestId('record-now').isDisabled(), true);

  const killed = station;
  station = await startStation({
    dataRoot: killed.dataRoot,
    env: { REELFLOW_PORT: String(killed.port), REELFLOW_MQTT_PORT: String(killed.mqttPort) },
  });
  try {
    await page.getByText(/No connection to Reelflow since/).waitFor({ state: 'detached', timeout: 30_000 });
    await until(() => page.getByTestId('record-now').isEnabled(), { what: 'the button to work again' });
    assert.deepEqual(problems, []);
  } finally {
    await station.stop();
    station = killed;
  }
});
