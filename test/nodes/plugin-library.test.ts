import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ScenarioLibrary } from '../../nodes/plugin-library/scenario-library.ts';

async function library(t: TestContext, scenarios: Record<string, { readme?: string; flow?: string }>) {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-library-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, { readme, flow }] of Object.entries(scenarios)) {
    await mkdir(join(folder, name));
    if (readme !== undefined) await writeFile(join(folder, name, 'README.md'), readme);
    if (flow !== undefined) await writeFile(join(folder, name, 'flow.json'), flow);
  }
  return new ScenarioLibrary(folder);
}

async function textOf(library: ScenarioLibrary, path: string): Promise<string> {
  const entry = await library.getEntry('flows', path);
  assert.ok(typeof entry === 'string');
  return entry;
}

const FLOW = '[{"id":"t","type":"tab","label":"Tab"}]';

test('scenarios are listed by the titles of their README, the one for newcomers first', async (t) => {
  const subject = await library(t, {
    'live-archive': { readme: '# Archive a live channel\n\nSegments go to a store.\n', flow: FLOW },
    'quick-start': { readme: '# Quick start\n', flow: FLOW },
    'no-readme': { flow: FLOW },
    'in-and-out': { readme: '# Cameras in/out\n', flow: FLOW },
    'not-ready': { readme: '# Not ready\n' },
  });
  assert.deepEqual(await subject.getEntry('flows', '/'), [
    { fn: 'Quick start' },
    { fn: 'Archive a live channel' },
    { fn: 'Cameras in or out' },
    { fn: 'no-readme' },
  ]);
  assert.deepEqual(await subject.getEntry('functions', '/'), []);
});

test('an entry is the flow, with the README as the description of its tab', async (t) => {
  const subject = await library(t, {
    a: { readme: '# A\n\nWhat it is for.\n', flow: FLOW },
    b: { readme: '# B\n\nNot this.\n', flow: '[{"id":"t","type":"tab","info":"Own text"}]' },
  });
  assert.deepEqual(JSON.parse(await textOf(subject, '/A')), [
    { id: 't', type: 'tab', label: 'Tab', info: 'What it is for.' },
  ]);
  assert.match(await textOf(subject, 'B'), /Own text/);
});

test('nothing outside the list can be read', async (t) => {
  const subject = await library(t, { a: { flow: FLOW } });
  for (const path of ['../a', 'a/../a', '../../etc/passwd', 'a/flow.json', 'b', '%2e%2e/a']) {
    await assert.rejects(subject.getEntry('flows', path), { code: 'not_found' }, path);
  }
});

test('no scenarios at all is an empty list', async () => {
  assert.deepEqual(await new ScenarioLibrary('/nowhere/at/all').getEntry('flows', '/'), []);
});
