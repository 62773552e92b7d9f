import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { logIn, openBrowser, openPage, screens } from '../dashboard/browser.ts';
import { assertFits } from '../dashboard/page-fit.ts';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

const agent = 'hall-1';
let core: StandInCore;
let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  core = await startOpencastCore();
  await core.control('series', [
    { identifier: 'physics-1', title: 'Physics for everybody' },
    { identifier: 'chess', title: 'Chess' },
  ]);
  [station, browser] = await Promise.all([
    startStation({
      scenario: 'opencast-capture-agent',
      env: {
        REELFLOW_AGENT: agent,
        REELFLOW_OPENCAST_URL: core.url,
        REELFLOW_OPENCAST_USER: 'admin',
        REELFLOW_OPENCAST_PASSWORD: 'opencast',
      },
    }),
    openBrowser(),
  ]);
  ({ page, problems } = await openPage(browser));
  page.setDefaultTimeout(60_000);
  await logIn(page, station);
});

after(async () => {
  await browser?.close();
  await station?.stop();
  await core?.stop();
});

const open = (name: string) => page.goto(`${station.url}/dashboard/${name}`);
const card = (title: string): Locator => page.getByTestId('running').filter({ hasText: title });
const uploadCard = (title: string): Locator => page.locator('[data-test^=upload-2]').filter({ hasText: title });

/** Says what is there instead. */
async function reads(place: Locator, words: RegExp): Promise<void> {
  let text = 'nothing';
  const isSo = async () => {
    text = (await place.textContent({ timeout: 1000 }).catch(() => null)) ?? text;
    return words.test(text);
  };
  await until(isSo, { what: `${words}`, timeoutMs: 60_000 }).catch((error: unknown) => {
    throw new Error(`it reads: ${text}; ${station.log().split('\n').slice(-8).join('\n')}`, { cause: error });
  });
}

async function recorded(title: string) {
  const { recordings } = (await (await station.api('/api/v1/recordings')).json()) as {
    recordings: { id: string; title: string; state: string; isOnHold: boolean }[];
  };
  return recordings.find((one) => one.title === title);
}

async function record(title: string): Promise<void> {
  await page.getByTestId('record-now').click();
  await page.getByTestId('record-title').locator('input').fill(title);
}

async function stop(title: string): Promise<void> {
  await card(title).getByTestId('stop').click();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await card(title).waitFor({ state: 'detached' });
}

test('the page says what Opencast knows of the agent, and when it last answered', async () => {
  await open('opencast');
  const shown = page.getByTestId('agent');
  await shown.getByText(agent, { exact: true }).waitFor();
  await shown.getByTestId('agent-state').getByText('Idle').waitFor();
  assert.match((await shown.getByTestId('last-contact').textContent()) ?? '', /just now|ago/);
  assert.equal(await shown.getByTestId('waiting').textContent(), 'nothing');
  await page.getByTestId('no-uploads').waitFor();
});

for (const look of ['light', 'dark']) {
  test(`${look}: the page fits every screen`, async () => {
    const { page: own, problems: ownProblems } = await openPage(browser, { hasTouch: true });
    own.setDefaultTimeout(60_000);
    await own.addInitScript((choice) => localStorage.setItem('reelflow.appearance', choice), look);
    await logIn(own, station, '/dashboard/opencast');
    await own.getByTestId('agent').waitFor();
    for (const [screen, viewport] of Object.entries(screens)) {
      await own.setViewportSize(viewport);
      await assertFits(own, screen, look);
    }
    assert.deepEqual(ownProblems, []);
    await own.context().close();
  });
}

test('a viewer is offered nothing that a viewer may not do', async () => {
  const made = await station.api('/api/v1/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'porter', role: 'viewer', password: 'open sesame 1' }),
  });
  assert.equal(made.status, 201);
  const { page: own } = await openPage(browser);
  own.setDefaultTimeout(60_000);
  await own.goto(`${station.url}/dashboard/system`);
  await own.fill('input[name=user]', 'porter');
  await own.fill('input[name=password]', 'open sesame 1');
  await own.click('button[type=submit]');
  await reads(own.getByTestId('me'), /^porter: viewer$/);
  await own.goto(`${station.url}/dashboard/overview`);
  await own.getByTestId('disk').waitFor();
  assert.equal(await own.getByTestId('record-now').count(), 0);
  await own.goto(`${station.url}/dashboard/schedule`);
  await own.getByTestId('calendar').waitFor();
  assert.equal(await own.getByTestId('refresh').count(), 0);
  await own.context().close();
});

test('"record now" asks what Opencast wants to know, with the series of the core, and says that it was booked', async () => {
  await open('overview');
  await record('Fluid dynamics, Übung');
  await page.getByTestId('record-creator').locator('input').fill('Ada Lovelace');
  await page.getByTestId('record-series').locator('input').fill('phys');
  await page.getByRole('option', { name: 'Physics for everybody' }).click();
  await page.getByTestId('record-start').click();
  await reads(card('Fluid dynamics').getByTestId('booking'), /^Booked at Opencast\.$/);
  const { id = '' } = (await recorded('Fluid dynamics, Übung')) ?? {};
  const { events } = (await core.state()) as unknown as { events: { uid: string; title: string }[] };
  assert.equal(events.find(({ uid }) => uid === id)?.title, 'Fluid dynamics, Übung');
  const catalog = (await core.requests()).find(({ path }) => path === '/ingest/addDCCatalog');
  const xml = catalog?.fields?.find(({ name }) => name === 'dublinCore')?.value ?? '';
  assert.match(xml, /<dcterms:creator>Ada Lovelace</);
  assert.match(xml, /<dcterms:isPartOf>physics-1</);
});

test('it is paused and resumed; the pause is shown, and said to be left out', async () => {
  const running = card('Fluid dynamics');
  await running.getByTestId('pause').click();
  await running
    .getByTestId('paused')
    .getByText(/left out of the recording/)
    .waitFor();
  await running.getByTestId('pause').getByText('Resume').click();
  await running.getByTestId('paused').waitFor({ state: 'detached' });
});

test('a second one at the same time is a conflict at the core: which event is in the way is said', async () => {
  await record('Chess club');
  await page.getByTestId('record-start').click();
  await reads(
    card('Chess club').getByTestId('booking'),
    /another event at this time.*Fluid dynamics, Übung.*recorded all the same/,
  );
  await stop('Chess club');
});

test('an upload that fails says why and that it goes on by itself; it can be cancelled, and sent later', async () => {
  await core.control('fault', { path: '/ingest/addTrack', status: 503, times: 1000 });
  await stop('Fluid dynamics');
  await open('opencast');
  const upload = uploadCard('Fluid dynamics');
  await reads(upload.getByTestId('upload-words'), /503.*tried again by itself/);

  await upload.getByTestId('cancel-upload').click();
  await page.getByText('The recording stays on this machine').waitFor();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await upload.waitFor({ state: 'detached' });
  const { state, isOnHold } = (await recorded('Fluid dynamics, Übung')) ?? {};
  assert.deepEqual([state, isOnHold], ['recorded', true], 'and nothing begins it again');

  await core.control('clear_faults');
  await page.getByText('Fluid dynamics, Übung').click();
  await page.getByTestId('recording-dialog').getByTestId('upload').click();
  await until(async () => (await recorded('Fluid dynamics, Übung'))?.state === 'delivered', {
    what: 'the upload',
    timeoutMs: 60_000,
  });
  await page.getByTestId('recording-dialog').getByText('Upload again').waitFor();
  await page.getByTestId('close').click();
});

test('while the core is away the page says so and what waits for it; back, nothing waits', async () => {
  await core.goAway();
  await open('overview');
  await record('Waits for its booking');
  await page.getByTestId('record-start').click();
  await reads(card('Waits').getByTestId('booking'), /Not booked at Opencast yet/);
  await record('Offline');
  await page.getByTestId('record-book').locator('input').uncheck();
  await page.getByTestId('record-start').click();
  await card('Offline').waitFor();
  await open('opencast');
  const shown = page.getByTestId('agent');
  await shown.getByTestId('agent-error').waitFor();
  await shown.getByTestId('agent-state').getByText('Not reached').waitFor();
  await shown.getByRole('button', { name: 'What waits for Opencast' }).click();
  await shown.getByText('Offline is being recorded').waitFor();

  const alarm = page.getByTestId('alarm').filter({ hasText: 'Opencast agent' });
  await alarm.getByTestId('acknowledge').click();
  await alarm.getByText(/seen by admin at/).waitFor();

  await core.comeBack();
  await shown.getByTestId('agent-error').waitFor({ state: 'detached' });
  await until(async () => (await shown.getByTestId('waiting').textContent()) === 'nothing', {
    what: 'the core to have heard all',
    timeoutMs: 60_000,
  });
  await alarm.waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});
