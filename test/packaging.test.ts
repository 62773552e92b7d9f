import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { pageFiles } from '../dashboard/page-files.ts';
import { readManifest, repository } from './fixtures/sources.ts';

/** Rules P01 to P07 and N02 of node-red-dev's scorecard, which itself needs the network, and what our build relies on. */
const manifest = readManifest() as {
  name: string;
  license: string;
  private?: boolean;
  repository?: unknown;
  bugs?: unknown;
  keywords: string[];
  engines: { node: string };
  scripts: { start: string };
  'node-red': { version: string; nodes: Record<string, string>; plugins: Record<string, string> };
  'node-red-dashboard-2': { version: string; widgets: Record<string, { output: string; component: string }> };
} & Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>;

const nodeFolders = globSync(['nodes/capture-*', 'dashboard/widgets/ui-capture-*'], { cwd: repository }).sort();
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const installed = (name: string) =>
  JSON.parse(read(`node_modules/${name}/package.json`)) as { version: string; engines: { node: string } };
const lowest = (range: string) => (/\d+(\.\d+)*/.exec(range)?.[0] ?? '').split('.').map(Number);

function isAtLeast(version: readonly number[], minimum: readonly number[]): boolean {
  for (let i = 0; i < 3; i += 1) {
    const difference = (version[i] ?? 0) - (minimum[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

test('P01 a licence, and its text', () => {
  assert.equal(manifest.license, 'Apache-2.0');
  assert.match(read('LICENSE'), /Apache License\s+Version 2\.0/);
});

test('P03 to P05 found by its users: address, scoped name, keyword', () => {
  assert.ok(
    manifest.private || manifest.repository || manifest.bugs,
    'a published package names its repository or bugs',
  );
  // The infix is what Dashboard 2 looks for in packages that somebody installs into a Node-RED of his own.
  assert.match(manifest.name, /^@[a-z0-9-]+\/.*node-red-dashboard-2-/);
  assert.ok(manifest.keywords.includes('node-red'));
});

test('P06, P07 the versions it asks for are those it is installed with', () => {
  const nodeRed = installed('node-red');
  assert.match(manifest['node-red'].version, /^>=\d/);
  assert.ok(
    isAtLeast(lowest(nodeRed.version), lowest(manifest['node-red'].version)),
    'Node-RED is older than asked for',
  );
  assert.ok(isAtLeast(lowest(manifest.engines.node), lowest(nodeRed.engines.node)), 'Node-RED needs a newer Node');
  const dashboard = installed('@flowfuse/node-red-dashboard').version;
  assert.ok(isAtLeast(lowest(dashboard), lowest(manifest['node-red-dashboard-2'].version)));
});

test('every version is exact, and the lock file has it', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Record<string, unknown>> };
  for (const section of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    for (const [name, version] of Object.entries(manifest[section])) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} in ${section}`);
      assert.equal(lock.packages[`node_modules/${name}`]?.['version'], version, `${name} in package-lock.json`);
    }
  }
});

test('the lock file has the packages of other platforms too: npm ci fails without them', () => {
  const missing = missingFromLock(JSON.parse(read('package-lock.json')) as Lock);
  assert.deepEqual(missing, [], 'take versions whose packages the registry has for every platform');
});

test('both Node binaries are the same version, and the one that runs the tests', () => {
  const versions = new Set(Object.values(manifest.optionalDependencies));
  assert.deepEqual([...versions], [process.versions.node]);
});

test('the node-red block lists every node and plugin folder, and nothing else', () => {
  const entry = (folder: string) => [basename(folder), `dist/${folder}/${basename(folder)}.js`];
  const plugins = globSync('nodes/plugin-*', { cwd: repository });
  assert.deepEqual(manifest['node-red'].nodes, Object.fromEntries(nodeFolders.map(entry)));
  assert.deepEqual(manifest['node-red'].plugins, Object.fromEntries(plugins.map(entry)));
});

test('npm start, the image and the systemd units start the same commands', () => {
  const [worker, station] = [...manifest.scripts.start.matchAll(/exec node ([^;]*)/g)].map((match) => match[1]);
  assert.ok(worker && station);
  for (const command of [worker, station]) {
    assert.ok(read('docker/entrypoint.sh').includes(`exec node ${command} "$@"\n`));
  }
  assert.ok(read('docker/reelflow.service').includes(`/node_modules/.bin/node ${station}\n`));
  assert.ok(read('docker/reelflow-worker.service').includes(`/node_modules/.bin/node ${worker}\n`));
});

test('the dashboard block lists every widget with its component', () => {
  const widgets = nodeFolders.filter((folder) => basename(folder).startsWith('ui-'));
  const block = manifest['node-red-dashboard-2'].widgets;
  assert.deepEqual(Object.keys(block).sort(), widgets.map((folder) => basename(folder)).sort());
  for (const folder of widgets) {
    const widget = block[basename(folder)];
    assert.equal(widget?.output, `${basename(folder)}.umd.js`);
    assert.ok(
      existsSync(join(repository, folder, `${widget.component}.vue`)),
      `${folder} has no ${widget.component}.vue`,
    );
  }
});

for (const folder of nodeFolders) {
  const type = basename(folder);
  test(`${type} is complete: code, form, texts, help, icon`, async () => {
    const locale = `locales/en-US/${type}`;
    // A dashboard page's are put together at build time.
    const made = type.startsWith('ui-') ? await pageFiles(type) : undefined;
    const part = (name: string) => (made ? made.get(name) : undefined) ?? read(join(folder, name));
    assert.match(read(`${folder}/${type}.ts`), /export default function register|export \{ register as default \}/);
    const form = part(`${type}.html`);
    assert.match(form, new RegExp(`registerType\\(\\s*['"]${type}['"]`));
    assert.match(form, new RegExp(`data-template-name="${type}"`));
    assert.match(form, /category:\s*'(reelflow|config)'/);
    assert.equal(typeof JSON.parse(part(`${locale}.json`)), 'object');
    assert.match(part(`${locale}.html`), new RegExp(`data-help-name="${type}"`));
    assert.match(read(`${folder}/icons/${type}.svg`), /<svg/);
  });
}

test('N01, N02 every node has its own name and stands in a shipped flow as an example', () => {
  const names = nodeFolders.map((folder) => basename(folder));
  assert.equal(new Set(names).size, names.length);
  const flows = globSync(['flows/scenarios/*/flow.json', 'flows/snippets/*.json'], { cwd: repository }).map(
    (flow) => JSON.parse(read(flow)) as { type: string }[],
  );
  const used = new Set(flows.flat().map((node) => node.type));
  assert.deepEqual(
    names.filter((name) => !used.has(name)),
    [],
  );
});

test('every shipped flow has a page that explains it', () => {
  for (const flow of globSync('flows/scenarios/*/flow.json', { cwd: repository })) {
    assert.match(read(join(dirname(flow), 'README.md')), /^# /);
  }
});

interface LockEntry {
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, LockEntry>;
}

/** Optional packages that a package of the lock file wants and that it does not have. */
function missingFromLock(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([wantedBy, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isInLock(lock, wantedBy, name)),
  );
}

/** As Node looks for packages: below the one that wants it, then in each node_modules further up. */
function isInLock(lock: Lock, wantedBy: string, name: string): boolean {
  let place = wantedBy;
  while (place !== '') {
    if (lock.packages[`${place}/node_modules/${name}`]) return true;
    place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')));
  }
  return lock.packages[`node_modules/${name}`] !== undefined;
}
