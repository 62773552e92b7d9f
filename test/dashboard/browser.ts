import { type Browser, type BrowserContextOptions, chromium, type Page, selectors } from 'playwright-core';
import type { RunningStation } from '../fixtures/station.ts';

selectors.setTestIdAttribute('data-test');

/** Debian's Chromium: it plays H.264 and AAC. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    // Root may not use the sandbox; a container's /dev/shm is too small for Chromium.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
  });
}

/** The screens that the dashboard is made for. */
export const screens = {
  'tablet, landscape': { width: 1280, height: 800 },
  'tablet, portrait': { width: 800, height: 1280 },
  phone: { width: 390, height: 844 },
} as const;

/** A page of a fresh browser profile; what goes wrong on it is kept in `problems`. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({
    viewport: screens['tablet, landscape'],
    locale: 'en-GB',
    // The dashboard's would fetch all 12 MB of it for each fresh profile.
    serviceWorkers: 'block',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  return { page, problems };
}

/** Through the login page, as a person does. */
export async function logIn(page: Page, station: RunningStation, path = '/dashboard/overview'): Promise<void> {
  await page.goto(station.url + path);
  await page.fill('input[name=user]', 'admin');
  await page.fill('input[name=password]', station.password);
  await page.click('button[type=submit]');
  await page.waitForURL(`${station.url}${path}`);
}
