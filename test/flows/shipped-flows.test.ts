import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { readManifest, repository } from '../fixtures/sources.ts';
import { startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  g?: string;
  group?: string;
  page?: string;
  ui?: string;
  theme?: string;
  cameras?: string[];
  nodes?: string[];
  wires?: string[][];
  credentials?: unknown;
  [field: string]: unknown;
}

const flows = globSync('flows/**/*.json', { cwd: repository }).map((path) => ({
  path,
  nodes: JSON.parse(readFileSync(join(repository, path), 'utf8')) as FlowNode[],
}));
const scenarios = flows.filter(({ path }) => basename(path) === 'flow.json');

/** Types of Node-RED itself, of Dashboard 2 and of ours; `tab`, `group` and subflows are the editor's own. */
function knownTypes(): Set<string> {
  const blocks = ['node_modules/@flowfuse/node-red-dashboard/package.json'].map((path) =>
    JSON.parse(readFileSync(join(repository, path), 'utf8')),
  ) as { 'node-red': { nodes: Record<string, string> } }[];
  const own = readManifest()['node-red'] as { nodes: Record<string, string> };
  const core = globSync('node_modules/@node-red/nodes/core/**/*.html', { cwd: repository })
    .map((path) => readFileSync(join(repository, path), 'utf8'))
    .flatMap((html) => [...html.matchAll(/registerType\(\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? ''));
  const named = [...blocks.map((block) => block['node-red']), own].flatMap(({ nodes }) => Object.keys(nodes));
  return new Set([...core, ...named, 'tab', 'group', 'subflow']);
}

/** Every text in a value with the field it stands in. */
function texts(value: unknown, field = ''): { field: string; text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (Array.isArray(value)) return value.flatMap((one) => texts(one, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => texts(one, name));
}

test('there is at least the quick start', () => {
  assert.ok(scenarios.some(({ path }) => path === 'flows/scenarios/quick-start/flow.json'));
});

for (const { path, nodes } of flows) {
  test(`${path}: known types, readable and unique ids, wires and references that lead somewhere`, () => {
    const known = knownTypes();
    const ids = new Set(nodes.map((node) => node.id));
    assert.equal(ids.size, nodes.length, 'an id is there twice');
    for (const node of nodes) {
      assert.ok(known.has(node.type) || node.type.startsWith('subflow:'), `${node.id}: unknown type ${node.type}`);
      assert.match(node.id, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'a diff should be readable');
      const references = [node.z, node.g, node.group, node.page, node.ui, node.theme].filter(Boolean) as string[];
      const cameras = node.type === 'capture-recorder' ? (node.cameras ?? []) : [];
      for (const id of [...references, ...cameras, ...(node.nodes ?? []), ...(node.wires ?? []).flat()]) {
        assert.ok(ids.has(id), `${node.id} leads to ${id}, which is not there`);
      }
    }
  });

  test(`${path}: no secrets, no hosts, nothing of one machine`, () => {
    for (const node of nodes) {
      assert.equal(node.credentials, undefined, `${node.id} has credentials`);
      for (const { field, text } of texts(node)) {
        const where = `${node.id}.${field}: ${text.slice(0, 80)}`;
        assert.doesNotMatch(field, /password|secret|token|passphrase/i, where);
        assert.doesNotMatch(text, /[a-z]+:\/\/(?!\$\{|<|host\b|camera\b)[\w.-]*[\w]/i, where);
        assert.doesNotMatch(text, /\b\d{1,3}(\.\d{1,3}){3}\b/, where);
        assert.doesNotMatch(text, /^\/(home|root|Users|tmp)\//, where);
      }
    }
  });
}

for (const { path, nodes } of scenarios) {
  const name = basename(dirname(path));

  test(`${name}: explains itself in the editor and in its page`, () => {
    const tabs = nodes.filter((node) => node.type === 'tab');
    assert.ok(tabs.length > 0);
    for (const tab of tabs) assert.ok(String(tab['info']).length > 100, `the tab ${tab.id} says nothing of itself`);
    assert.ok(nodes.some((node) => node.type === 'group' && node['name']));
    assert.ok(nodes.some((node) => node.type === 'comment' && node['info']));
    assert.ok(existsSync(join(repository, dirname(path), 'README.md')));
  });

  test(`${name}: starts, and no type is missing`, async () => {
    const station = await startStation({ scenario: name });
    try {
      // Health may be seen before the line that was printed earlier.
      await until(() => /Started flows/.test(station.log()), { what: 'the flows to start' });
      assert.doesNotMatch(station.log(), /Waiting for missing types|\[error\]/);
      const answer = await station.api('/api/v1/inputs');
      assert.equal(answer.status, 200);
    } finally {
      await station.stop();
    }
  });
}
