import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, openPage } from '../dashboard/browser.ts';
import { captureProcesses } from '../dashboard/capture-processes.ts';
import { readManifest } from '../fixtures/sources.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

/** The little of Node-RED's editor that the tests use in the page. */
interface EditorNode {
  id: string;
  type: string;
  valid: boolean;
  validationErrors?: string[];
  _def: { category: string; defaults: Record<string, { value: unknown; validate?: (...given: unknown[]) => unknown }> };
}
interface Editor {
  nodes: {
    node(id: string): EditorNode | null;
    getType(type: string): EditorNode['_def'];
    getNodeHelp(type: string): string;
    filterNodes(filter: { type: string }): EditorNode[];
    eachConfig(visit: (node: EditorNode) => void): void;
    eachNode(visit: (node: EditorNode) => void): void;
    import(nodes: object[]): unknown;
    remove(id: string): unknown;
    dirty(): boolean;
  };
  editor: { edit(node: EditorNode): void; editConfig(property: string, type: string, id: string): void };
  workspaces: { active(): string };
}
declare const RED: Editor;

const types = Object.keys((readManifest()['node-red'] as { nodes: object }).nodes);

let station: RunningStation;
let browser: Browser;
let page: Page;
let problems: string[];

before(async () => {
  [station, browser] = await Promise.all([startStation(), openBrowser()]);
  ({ page, problems } = await openPage(browser, { viewport: { width: 1400, height: 900 } }));
  await logIn(page, station, '/admin/');
  // The flow is there when its nodes' types are.
  await page.waitForFunction((all) => all.every((type) => RED.nodes.getType(type)) && RED.workspaces.active(), types);
});

after(async () => {
  await browser?.close();
  await station?.stop();
});

async function openForm(type: string): Promise<void> {
  await page.evaluate((wanted) => {
    const { category, defaults } = RED.nodes.getType(wanted);
    const isConfig = category === 'config';
    const there: EditorNode[] = isConfig ? [] : RED.nodes.filterNodes({ type: wanted });
    if (isConfig) RED.nodes.eachConfig((one) => void (one.type === wanted && there.push(one)));
    const id = there[0]?.id ?? `placed-${wanted}`;
    if (there.length === 0) {
      const values = Object.fromEntries(Object.entries(defaults).map(([name, { value }]) => [name, value]));
      const place = isConfig ? {} : { z: RED.workspaces.active(), x: 300, y: 600, wires: [] };
      RED.nodes.import([{ ...values, id, type: wanted, ...place }]);
    }
    const node = RED.nodes.node(id);
    if (isConfig) RED.editor.editConfig('', wanted, id);
    else if (node) RED.editor.edit(node);
  }, type);
  await page.locator('.red-ui-tray').last().locator('.red-ui-tray-header').waitFor();
}

async function closeForm(button: 'ok' | 'cancel'): Promise<void> {
  const tray = page.locator('.red-ui-tray').last();
  await tray.locator(`#node-dialog-${button}, #node-config-dialog-${button}`).click();
  await until(async () => (await page.locator('.red-ui-tray').count()) === 0, { what: 'the form to close' });
}

for (const type of types) {
  test(`${type}: in the palette with icon and help, and its form opens`, async () => {
    const { category, help } = await page.evaluate(
      (wanted) => ({ category: RED.nodes.getType(wanted).category, help: RED.nodes.getNodeHelp(wanted) }),
      type,
    );
    assert.match(help, /<h3>/, 'help in sections');
    if (category !== 'config') {
      assert.equal(category, 'reelflow');
      const entry = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
      const icon = await entry.locator('.red-ui-palette-icon').evaluate((element) => {
        const { getComputedStyle } = globalThis as unknown as {
          getComputedStyle: (this: void, element: unknown) => { backgroundImage: string };
        };
        return getComputedStyle(element).backgroundImage;
      });
      assert.match(icon, new RegExp(`${type}\\.svg`));
      const answer = await page.request.get(/url\("(.*)"\)/.exec(icon)?.[1] ?? '');
      assert.equal(answer.status(), 200);
    }
    await openForm(type);
    const form = page.locator('.red-ui-tray').last();
    // The tray slides in before its fields are there.
    await form.locator('input:visible, select:visible').first().waitFor();
    await form.locator('label:visible').first().waitFor();
    const labels = await form.locator('label:visible').allTextContents();
    assert.ok(labels.some((label) => label.trim() !== ''));
    assert.deepEqual(
      labels.filter((label) => label.includes(`${type}.`)),
      [],
      'every text is in the locale file',
    );
    await closeForm('cancel');
    await page.evaluate((id) => RED.nodes.node(id) && RED.nodes.remove(id), `placed-${type}`);
  });
}

test('no node keeps a setting where the editor keeps its own: it would be overwritten there', async () => {
  const taken = await page.evaluate((all) => {
    const own = ['id', 'type', 'x', 'y', 'z', 'w', 'h', 'd', 'g', 'l', 'wires', 'inputs', 'info', 'changed', 'valid'];
    return all.flatMap((type) =>
      Object.keys(RED.nodes.getType(type).defaults)
        .filter((name) => own.includes(name))
        .map((name) => `${type}.${name}`),
    );
  }, types);
  assert.deepEqual(taken, []);
});

test('the shipped flow has no node that the editor marks as wrong', async () => {
  const wrong = await page.evaluate(() => {
    const found: string[] = [];
    const look = (node: EditorNode) => {
      if (!node.valid) found.push(`${node.id}: ${node.validationErrors?.join(', ')}`);
    };
    RED.nodes.eachNode(look);
    RED.nodes.eachConfig(look);
    return found;
  });
  assert.deepEqual(wrong, []);
});

test('a sentence from a validator means "bad": Node-RED takes it so only from those with two parameters', async () => {
  const wrong = await page.evaluate(
    (all) =>
      all.flatMap((type) =>
        Object.entries(RED.nodes.getType(type).defaults)
          .filter(([, { validate }]) => validate !== undefined && validate.length < 2)
          .map(([name]) => `${type}.${name}`),
      ),
    types,
  );
  assert.deepEqual(wrong, []);
});

test('a bad field is marked while it is typed, and the node after it', async () => {
  const cases = [
    ['ui-capture-schedule', '#node-input-days', '99', '7'],
    ['capture-recorder', '#node-input-stallSeconds', '0', '10'],
  ] as const;
  for (const [type, field, bad, good] of cases) {
    const isValid = () => page.evaluate((wanted) => RED.nodes.filterNodes({ type: wanted })[0]?.valid, type);
    assert.equal(await isValid(), true, type);
    await openForm(type);
    await page.fill(field, bad);
    await page.press(field, 'Tab');
    await page.locator(`${field}.input-error`).waitFor();
    await closeForm('ok');
    assert.equal(await isValid(), false, type);
    await openForm(type);
    await page.fill(field, good);
    await page.press(field, 'Tab');
    await page.locator(`${field}:not(.input-error)`).waitFor();
    await closeForm('ok');
    assert.equal(await isValid(), true, type);
  }
});

test('a full deploy does not touch the recording that runs', async () => {
  const started = await station.api('/api/v1/recordings', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Over a deploy', durationMs: 600_000 }),
  });
  const { id } = (await started.json()) as { id: string };
  const look = async () => {
    const answer = await station.api(`/api/v1/recordings/${id}`);
    return (await answer.json()) as {
      state: string;
      progress: { durationMs: number; isCapturing: boolean }[];
      parts: unknown[];
      gaps: unknown[];
    };
  };
  const captured = async () => (await look()).progress[0]?.durationMs ?? 0;
  await until(async () => (await captured()) > 3000, { what: 'three seconds of recording', timeoutMs: 30_000 });
  const before = captureProcesses(station.dataRoot);
  assert.ok(before.length > 0, 'a capture runs');

  await openForm('capture-recorder');
  await page.fill('#node-input-name', 'Renamed');
  await closeForm('ok');
  assert.equal(await page.evaluate(() => RED.nodes.dirty()), true);
  await page.click('#red-ui-header-button-deploy');
  await until(async () => !(await page.evaluate(() => RED.nodes.dirty())), { what: 'the deploy', timeoutMs: 30_000 });
  await until(() => /Started flows[\s\S]*Started flows/.test(station.log()), { what: 'the flows to start anew' });

  const afterDeploy = await captured();
  await until(async () => (await captured()) > afterDeploy + 2000, { what: 'the recording to go on' });
  assert.deepEqual(captureProcesses(station.dataRoot), before, 'the same capture process');
  await station.api(`/api/v1/recordings/${id}/stop`, { method: 'POST' });
  await until(async () => /recorded|deliver/.test((await look()).state), { what: 'the file', timeoutMs: 30_000 });
  const { parts, gaps } = await look();
  assert.equal(parts.length, 1);
  assert.deepEqual(gaps, []);
  assert.deepEqual(problems, []);
});
