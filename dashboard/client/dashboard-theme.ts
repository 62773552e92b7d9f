import { readAppearance, type ThemedPages, themeFor } from './appearance.ts';

/** What each page was deployed with, so that "as set" can be gone back to; a deploy makes new page objects. */
const key = Symbol.for('reelflow.dashboard.page-themes');
const shared = window as unknown as { [key]?: WeakMap<object, string> };

/**
 * Shows this browser's choice of light or dark by giving every page another of the Dashboard's own themes, in this
 * browser only: nothing is sent to the server.
 */
export function applyAppearance(ui: ThemedPages): void {
  shared[key] ??= new WeakMap();
  const deployed = shared[key];
  const appearance = readAppearance(localStorage);
  for (const page of Object.values(ui.pages)) {
    const own = deployed.get(page) ?? page.theme;
    deployed.set(page, own);
    const theme = themeFor(appearance, ui.themes, own) ?? own;
    if (page.theme !== theme) page.theme = theme;
  }
}
