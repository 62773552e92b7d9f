import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, openPage } from '../dashboard/browser.ts';
import { type OnvifCamera, startOnvifCamera } from '../fixtures/onvif-camera.ts';
import { type RtspCamera, startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/** The page of cameras on a tablet, with the list that is filled there: two hundred paused ones, and one that is live. */
let camera: RtspCamera;
let device: OnvifCamera;
let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];
const pictures: string[] = [];
const players: string[] = [];
const address = () => camera.url(1).replace('viewer:hunter2@', '');

const dataRoot = mkdtempSync(join(tmpdir(), 'camera-wall-'));

/** The shipped flow, and a second list that is filled elsewhere: one row of it is good. */
function withTable(): string {
  const shipped = readFileSync(join(import.meta.dirname, '../../flows/scenarios/camera-restream/flow.json'), 'utf8');
  const table = join(dataRoot, 'table.csv');
  writeFileSync(table, 'name,url\nTable 1,rtsp://viewer:hunter2@10.0.0.2/1\nTable 2,hunter2\n');
  const list = { id: 'table-list', type: 'capture-camera-list', z: 'camera-restream', version: 1, x: 320, y: 900 };
  const flow = [
    ...(JSON.parse(shipped) as object[]),
    { ...list, name: 'Building B', source: 'file', path: table, wires: [[], []] },
  ];
  writeFileSync(join(dataRoot, 'flows.json'), JSON.stringify(flow));
  return dataRoot;
}

before(async () => {
  [camera, station, browser] = await Promise.all([
    startRtspCamera({ size: '320x240', groupOfPictures: 15, login: 'viewer:hunter2' }),
    startStation({ dataRoot: withTable() }),
    openBrowser(),
  ]);
  device = await startOnvifCamera({
    name: `Gate ${station.port}`,
    login: 'viewer:hunter2',
    // As of a camera behind a router: at an address that nobody can reach.
    streamUrl: address().replace('127.0.0.1', '192.0.2.9'),
  });
  for (let n = 1; n <= 200; n++) {
    const body = JSON.stringify({ name: `Camera ${n}`, url: `rtsp://10.0.0.1/${n}`, options: { isPaused: true } });
    const answer = await station.api('/api/v1/cameras', {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
    });
    assert.equal(answer.status, 201);
  }
  ({ page, problems } = await openPage(browser));
  page.on('request', (request) => {
    if (request.url().includes('/picture.jpg')) pictures.push(request.url());
    if (request.url().includes('/hls.')) players.push(request.url());
  });
  await logIn(page, station, '/dashboard/cameras');
});

after(async () => {
  await browser?.close();
  await station?.stop();
  rmSync(dataRoot, { recursive: true, force: true, maxRetries: 3 });
  await Promise.all([camera?.stop(), device?.stop()]);
});

test('200 cameras are there, in the order of their numbers, and can be searched', async () => {
  await page.getByTestId('filter-paused').getByText('(200)').waitFor();
  const tiles = page.getByTestId('wall').locator('button');
  await until(async () => (await tiles.count()) === 201, { what: 'all of them' });
  assert.match((await tiles.nth(9).textContent()) ?? '', /Camera 10/);
  await page.getByTestId('search').locator('input').fill('Camera-117 10.0');
  await until(async () => (await tiles.count()) === 1, { what: 'the search' });
  await page.getByTestId('search').locator('input').fill('');
  await until(async () => (await tiles.count()) === 201, { what: 'all again' });
});

test('another list is shown with its state and age; its cameras can be looked at, not changed', async () => {
  const list = page.getByTestId('list-Building B');
  await list.getByText(/file · 1 camera · read (just now|.* ago)/).waitFor();
  await list.getByText(/1 row is left out/).waitFor();
  await list.getByText(/row 2 \(Table 2\): url: must be an address/).waitFor();
  await page.getByTestId('tile-Table-1').click();
  const dialog = page.getByTestId('camera-dialog');
  await dialog.getByText(/comes from the list "Building B"; it is changed there/).waitFor();
  assert.equal(await dialog.getByTestId('edit').count(), 0);
  await dialog.getByTestId('close').click();
  await dialog.waitFor({ state: 'detached' });
  assert.doesNotMatch(await page.content(), /hunter2/);
});

test('a camera is tried and added; its picture comes, and only while it can be seen', async () => {
  await page.getByTestId('add').click();
  await page.getByTestId('field-name').locator('input').fill('A live one');
  await page.getByTestId('field-url').locator('input').fill(address());
  await page.getByTestId('test').click();
  await page
    .getByTestId('test-result')
    .getByText(/login|password|user/i)
    .waitFor();
  await page.getByTestId('field-user').locator('input').fill('viewer');
  await page.getByTestId('field-password').locator('input').fill('hunter2');
  await page.getByTestId('test').click();
  await page.getByTestId('test-result').getByText('It answers: h264 320x240, aac.').waitFor();
  await page.getByTestId('snapshot').waitFor();
  await page.getByTestId('save').click();
  const tile = page.getByTestId('tile-A-live-one');
  await tile.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
  await tile.locator('img').waitFor({ timeout: 60_000 });
  assert.ok(
    pictures.every((url) => url.includes('/live/A-live-one/')),
    'paused cameras are not asked for pictures',
  );

  await page.getByTestId('tile-Camera-200').scrollIntoViewIfNeeded();
  const seen = pictures.length;
  // Its tile would ask again every two seconds; what is under way may still come.
  await page.waitForResponse((response) => response.url().endsWith('/api/v1/restreams'));
  await page.waitForResponse((response) => response.url().endsWith('/api/v1/restreams'));
  await page.waitForResponse((response) => response.url().endsWith('/api/v1/restreams'));
  assert.ok(pictures.length - seen <= 1, `${pictures.length - seen} pictures of what nobody sees`);
});

test('a camera that is opened plays as HLS, of who is logged in, and moves as pictures where it can not', async () => {
  assert.deepEqual(players, [], 'the player is not loaded for the wall');
  const playlist = `${station.url}/live/A-live-one/index.m3u8`;
  assert.equal((await fetch(playlist)).status, 401);
  const tile = page.getByTestId('tile-A-live-one');
  await tile.click();
  const dialog = page.getByTestId('camera-dialog');
  const film = dialog.getByTestId('live-video');
  const playing = () => film.evaluate((video: HTMLVideoElement) => [video.videoWidth, video.currentTime] as const);
  const [width, from] = await until(
    async () => {
      const now = await playing();
      return now[1] > 0 && now;
    },
    { what: 'the film to begin', timeoutMs: 60_000 },
  );
  assert.equal(width, 320);
  await until(async () => (await playing())[1] > from, { what: 'the film to go on', timeoutMs: 30_000 });
  assert.equal(players.length, 1);
  await dialog.getByTestId('live-pictures').waitFor({ state: 'detached' });
  await dialog.getByTestId('close').click();

  await page.route('**/live/*/index.m3u8', (route) => route.abort());
  await tile.click();
  await dialog.getByText(/Pictures without sound/).waitFor({ timeout: 60_000 });
  const image = dialog.getByTestId('live-pictures');
  await until(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth > 0), {
    what: 'pictures',
    timeoutMs: 30_000,
  });
  await page.unroute('**/live/*/index.m3u8');
  await dialog.getByTestId('close').click();
  await dialog.waitFor({ state: 'detached' });
});

test('a camera is paused, resumed, edited without its password being shown, and removed', async () => {
  await page.getByTestId('tile-A-live-one').click();
  const dialog = page.getByTestId('camera-dialog');
  await dialog.getByText('No outage in the last day').waitFor();
  await dialog.getByTestId('pause').click();
  await dialog.getByText('Paused', { exact: true }).waitFor();
  await dialog.getByTestId('resume').click();
  await dialog.getByTestId('pause').waitFor();
  await dialog.getByTestId('edit').click();
  const form = page.getByTestId('camera-form');
  assert.equal(await form.getByTestId('field-url').locator('input').inputValue(), address());
  assert.equal(await form.getByTestId('field-password').locator('input').inputValue(), '');
  await form.getByTestId('field-name').locator('input').fill('Another name');
  await form.getByTestId('save').click();
  const tile = page.getByTestId('tile-Another-name');
  await tile.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
  assert.doesNotMatch(await page.content(), /hunter2/);
  await tile.click();
  await dialog.getByTestId('remove').click();
  await page.getByTestId('confirm').click();
  await tile.waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});

test('a camera is found in the network; one of its streams is tried and added', async () => {
  await page.getByTestId('search-network').click();
  const dialog = page.getByTestId('search-dialog');
  await dialog.getByTestId('device').getByText(`Gate ${station.port}`, { exact: true }).click();
  await dialog.getByTestId('ask').click();
  await dialog
    .getByTestId('device-refusal')
    .getByText(/wants user and password/)
    .waitFor();
  await dialog.getByTestId('device-user').locator('input').fill('viewer');
  await dialog.getByTestId('device-password').locator('input').fill('hunter2');
  await dialog.getByTestId('ask').click();
  await dialog.getByTestId('profile-main').getByText('H264 1920x1080, 15 fps, AAC').waitFor();
  await dialog.getByTestId('profile-sub').click();
  const form = page.getByTestId('camera-form');
  assert.equal(await form.getByTestId('field-url').locator('input').inputValue(), address());
  await form.getByTestId('test').click();
  await form.getByTestId('test-result').getByText('It answers: h264 320x240, aac.').waitFor();
  await form.getByTestId('save').click();
  await page.getByTestId(`tile-Gate-${station.port}`).waitFor();
  assert.doesNotMatch(await page.content(), /hunter2/);
  assert.doesNotMatch(station.log(), /hunter2/);
  assert.deepEqual(problems, []);
});
