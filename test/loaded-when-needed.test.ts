import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { readManifest, type SourceFile, sourceFiles } from './fixtures/sources.ts';

/**
 * Packages for parts that many stations do not have. Each costs megabytes and start-up time, so the module that imports
 * one is itself imported where it is needed: `const { PostgresCameras } = await import('./postgres-cameras.ts')`.
 */
const HEAVY = [
  /^aedes$/,
  /^mqtt$/,
  /^pg($|-|\/)/,
  /^kysely($|\/)/,
  /^@aws-sdk\//,
  /^hls-parser$/,
  /^sax$/,
  /^mpd-parser$/,
  /^onvif/,
];

const sources = new Map(sourceFiles('settings.ts', '{nodes,dashboard}/**/*.ts').map((file) => [file.path, file]));

/** What a file loads when it is loaded itself: not its types, not what it imports later. */
function loadedBy({ text }: SourceFile): string[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(?!type\b)[^'"`;]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
  );
  return [...statements].map((match) => match[1] ?? match[2] ?? '');
}

/** Everything that is loaded with an entry, each package with the way to it. */
function packagesOf(entry: string): Map<string, string[]> {
  const packages = new Map<string, string[]>();
  const seen = new Set<string>();
  const visit = (path: string, way: string[]): void => {
    const file = sources.get(path);
    if (!file || seen.has(path)) return;
    seen.add(path);
    for (const name of loadedBy(file)) {
      if (name.startsWith('.')) visit(normalize(join(dirname(path), name)), [...way, path]);
      else if (!packages.has(name)) packages.set(name, [...way, path]);
    }
  };
  visit(entry, []);
  return packages;
}

const { nodes, plugins } = readManifest()['node-red'] as Record<'nodes' | 'plugins', Record<string, string>>;
const entries = [...Object.values(nodes), ...Object.values(plugins)].map((built) =>
  built.replace(/^dist\//, '').replace(/\.js$/, '.ts'),
);

test('what is loaded at every start is known to this test', () => {
  const unknown = entries.filter((entry) => !sources.has(entry) && !entry.startsWith('dashboard/'));
  assert.deepEqual(unknown, []);
  // Would find nothing at all if it could not follow imports.
  assert.ok(packagesOf('nodes/plugin-station/plugin-station.ts').has('ical.js'));
});

test('heavy packages are loaded when they are needed, not at every start', () => {
  const loaded = ['settings.ts', ...entries].flatMap((entry) =>
    [...packagesOf(entry)]
      .filter(([name]) => HEAVY.some((pattern) => pattern.test(name)))
      .map(([name, way]) => `${name}: ${way.join(' -> ')}`),
  );
  assert.deepEqual([...new Set(loaded)], []);
});
