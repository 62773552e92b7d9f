import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { logIn, openBrowser, openPage } from '../dashboard/browser.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

let station: RunningStation;
let browser: Browser;

before(async () => {
  [station, browser] = await Promise.all([startStation(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await station?.stop();
});

test('the dashboard can be installed as an app by who is logged in, and opens nothing', async () => {
  const { page, problems } = await openPage(browser, { serviceWorkers: 'allow' });
  await logIn(page, station);
  const devTools = await page.context().newCDPSession(page);
  const manifest = await until(
    async () => {
      const { data } = await devTools.send('Page.getAppManifest');
      return data && (JSON.parse(data) as { name: string; icons: { src: string }[] });
    },
    { what: 'the manifest, which the browser fetches with the login' },
  );
  assert.equal(manifest.name, 'Reelflow');
  const { installabilityErrors } = await devTools.send('Page.getInstallabilityErrors');
  // The profile of a test is a private one, which installs nothing.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId),
    ['in-incognito'],
  );
  const icon = new URL(manifest.icons[0]?.src ?? '', `${station.url}/dashboard/`).href;
  assert.match((await station.api(icon)).headers.get('content-type') ?? '', /^image\/png/);

  for (const path of ['/dashboard/manifest.webmanifest', '/dashboard/sw.js', icon]) {
    assert.equal((await fetch(new URL(path, station.url))).status, 401, path);
  }
  // The service worker answers for the page from its store now; the door is still the server's.
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  await page.context().clearCookies();
  await page.goto(`${station.url}/dashboard/overview`);
  await page.waitForURL(/\/login\?/);
  assert.deepEqual(problems, []);
});
