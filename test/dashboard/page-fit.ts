import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** What every page of the dashboard holds on every screen: nothing runs off it, in the right colours, for fingers. */
export async function assertFits(page: Page, name: string, look: string): Promise<void> {
  const seen = await page.evaluate(lookAtPage);
  const width = page.viewportSize()?.width ?? 0;
  assert.ok(seen.width <= width, `${name} is ${seen.width} wide`);
  assert.equal(seen.isDark, look === 'dark', name);
  assert.deepEqual(seen.smallButtons, [], name);
  assert.deepEqual(seen.cutOff, [], name);
}

/** Runs in the page. */
function lookAtPage() {
  interface Box {
    x: number;
    width: number;
    height: number;
    right: number;
  }
  interface Element {
    textContent: string;
    ariaLabel: string | null;
    getBoundingClientRect(): Box;
  }
  const { document, innerWidth } = globalThis as unknown as {
    innerWidth: number;
    document: {
      documentElement: { scrollWidth: number; hasAttribute(name: string): boolean };
      querySelectorAll(selector: string): Iterable<Element>;
    };
  };
  const nameOf = (element: Element) => (element.ariaLabel ?? element.textContent).trim();
  const buttons = [...document.querySelectorAll('.rf button, .rf a')].filter(
    (one) => one.getBoundingClientRect().width > 0,
  );
  return {
    width: document.documentElement.scrollWidth,
    isDark: document.documentElement.hasAttribute('data-rf-dark'),
    smallButtons: buttons.filter((one) => one.getBoundingClientRect().height < 44).map(nameOf),
    cutOff: [...document.querySelectorAll('.rf-card, .rf-tile')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().x < 0)
      .map(nameOf),
  };
}
