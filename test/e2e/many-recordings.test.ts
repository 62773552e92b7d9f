import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openDatabase } from '../../nodes/adapters/sqlite/database.ts';
import { SqliteRecordingStore } from '../../nodes/adapters/sqlite/sqlite-recording-store.ts';
import { logIn, openBrowser, openPage } from '../dashboard/browser.ts';
import { makeRecording } from '../fixtures/make-recording.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

const count = 320;
const hour = 3_600_000;
let dataRoot: string;
let station: RunningStation;
let browser: Browser;
let page: Page;

/** A station with a past: recordings of many days, the last one the oldest. */
before(async () => {
  dataRoot = await mkdtemp(join(tmpdir(), 'many-'));
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const database = openDatabase(join(dataRoot, 'reelflow.sqlite'), { log });
  const store = new SqliteRecordingStore(database);
  database.exec('BEGIN');
  for (let index = 0; index < count; index += 1) {
    const plannedStart = Date.now() - (index + 2) * hour;
    const title = index === count - 1 ? 'Größenordnungen, die älteste' : `Lecture ${index}`;
    store.save(
      makeRecording({ id: `r${index}`, title, state: 'recorded', plannedStart, plannedEnd: plannedStart + hour }),
    );
  }
  database.exec('COMMIT');
  database.close();
  [station, browser] = await Promise.all([startStation({ dataRoot }), openBrowser()]);
  ({ page } = await openPage(browser));
  page.setDefaultTimeout(40_000);
  await logIn(page, station, '/dashboard/recordings');
});

after(async () => {
  await browser?.close();
  await station?.stop();
  await rm(dataRoot, { recursive: true, force: true });
});

const rows = () => page.locator('[data-test^=recording-r]');

test('the search finds what is far behind the newest 200, whatever its case', async () => {
  await page.getByTestId('recording-r0').waitFor();
  await page.getByLabel('Search').fill('größenORDNUNGEN älteste');
  await page.getByTestId(`recording-r${count - 1}`).waitFor();
  assert.equal(await rows().count(), 1);
});

test('"show older ones" goes on to the last one, each shown once', async () => {
  await page.getByLabel('Search').fill('');
  await page.getByTestId('recording-r0').waitFor();
  const more = page.getByTestId('show-more');
  await until(
    async () => {
      if (await more.isVisible()) await more.click({ timeout: 1000 });
      return (await rows().count()) === count;
    },
    { what: 'all of them', timeoutMs: 60_000 },
  );
  const ids = await rows().evaluateAll((all) =>
    all.map((one) => (one as unknown as { dataset: { test: string } }).dataset.test),
  );
  assert.equal(new Set(ids).size, count);
  assert.equal(ids.at(-1), `recording-r${count - 1}`);
  assert.equal(await more.isVisible(), false);
});
