import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, openPage, screens } from '../dashboard/browser.ts';
import { assertFits } from '../dashboard/page-fit.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import { isSignedBy, WebhookReceiver } from '../fixtures/webhook-receiver.ts';

/** The webhooks on the archive's page, with a channel whose source is away. */
let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];
let receiver: WebhookReceiver;

before(async () => {
  [station, browser, receiver] = await Promise.all([
    startStation({ scenario: 'live-archive' }),
    openBrowser(),
    WebhookReceiver.open(),
  ]);
  const body = JSON.stringify({ sourceUrls: ['http://127.0.0.1:9/live.m3u8'] });
  const headers = { 'content-type': 'application/json' };
  await station.api('/api/v1/channels/news', { method: 'PUT', headers, body });
  ({ page, problems } = await openPage(browser));
  await logIn(page, station, '/dashboard/archive');
});

after(async () => {
  await browser?.close();
  await receiver?.close();
  await station?.stop();
});

const hook = () => page.getByTestId('webhook');

test('a webhook is added; its secret is shown once, a test says what the receiver answered', async () => {
  await page.getByTestId('webhook-add').click();
  const form = page.getByTestId('webhook-form');
  const url = form.getByTestId('webhook-url').locator('input');
  await form.getByText(/address that begins with/).waitFor();
  await url.fill(`${receiver.url}#part`);
  await form.getByTestId('webhook-save').click();
  await form
    .getByTestId('refusal')
    .getByText(/must not have a #/)
    .waitFor();
  await url.fill(`${receiver.url}?token=hunter2`);
  await form.getByTestId('webhook-channels').click();
  await page.getByRole('option', { name: 'news' }).click();
  await page.keyboard.press('Escape');
  await form.getByTestId('webhook-save').click();
  const secret = await form.getByTestId('link').locator('input').inputValue();
  await form.getByTestId('secret-done').click();
  await form.waitFor({ state: 'detached' });
  await hook().getByText('token=***').waitFor();
  await hook().getByTestId('webhook-state').getByText('Nothing sent yet').waitFor();

  await hook().getByTestId('webhook-test').click();
  await hook()
    .getByTestId('webhook-tested')
    .getByText(/answered 204/)
    .waitFor();
  const [first] = receiver.received;
  assert.ok(first && (await isSignedBy(secret, first)));
  assert.equal(first.path, '/hook?token=hunter2');
  await hook().getByTestId('webhook-state').getByText('Works').waitFor();
  receiver.answer = (response) => response.writeHead(500).end();
  await hook().getByTestId('webhook-test').click();
  await hook()
    .getByTestId('webhook-tested')
    .getByText(/answered 500/)
    .waitFor();
  receiver.answer = (response) => response.writeHead(200).end();
});

test('what was sent is listed, given up or not, and sent again; it is changed, and the secret stays', async () => {
  await hook().getByTestId('webhook-deliveries').click();
  await hook().getByTestId('delivery-delivered').first().waitFor();
  await hook().getByTestId('failed-only').click();
  await hook().getByTestId('delivery-delivered').first().waitFor({ state: 'detached' });
  const sent = receiver.received.length;
  await hook().getByTestId('delivery-failed').getByTestId('send-again').click();
  await until(() => receiver.received.length > sent, { what: 'it to come again' });
  await hook().getByText('Nothing was given up.').waitFor();
  await hook().getByTestId('webhook-deliveries').click();

  await hook().getByTestId('webhook-edit').click();
  const form = page.getByTestId('webhook-form');
  await form.getByTestId('webhook-enabled').locator('input').click();
  await form.getByTestId('webhook-save').click();
  await hook().getByTestId('webhook-state').getByText('Off').waitFor();
  await hook().getByTestId('webhook-edit').click();
  await form.getByTestId('webhook-enabled').locator('input').click();
  await form.getByTestId('webhook-save').click();
  await hook().getByTestId('webhook-state').getByText('Nothing sent yet').waitFor();
  await hook().getByTestId('webhook-test').click();
  await hook()
    .getByTestId('webhook-tested')
    .getByText(/answered 200/)
    .waitFor();
  assert.equal(receiver.received.at(-1)?.path, '/hook?token=hunter2');
  assert.doesNotMatch(await page.content(), /hunter2/);
});

for (const [screen, look] of [
  ['phone', 'dark'],
  ['tablet, portrait', 'light'],
] as const) {
  test(`${screen}, ${look}: it fits, and fingers find its buttons`, async () => {
    const { page: own, problems: ownProblems } = await openPage(browser, { viewport: screens[screen], hasTouch: true });
    await own.addInitScript((choice) => localStorage.setItem('reelflow.appearance', choice), look);
    await logIn(own, station, '/dashboard/archive');
    await own.getByTestId('webhook-deliveries').click();
    await own.getByTestId('delivery-delivered').first().waitFor();
    const folder = process.env['SCREENSHOTS'];
    if (folder) await own.screenshot({ path: `${folder}/webhooks-${look}.png`, fullPage: true });
    await assertFits(own, 'archive', look);
    assert.deepEqual(ownProblems, []);
    await own.context().close();
  });
}

test('a webhook is removed after a question', async () => {
  await hook().getByTestId('webhook-remove').click();
  await page.getByText(/is told nothing any more/).waitFor();
  await page.getByTestId('confirm').filter({ visible: true }).click();
  await hook().waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});
