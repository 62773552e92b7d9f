import assert from 'node:assert/strict';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { repository, type SourceFile, sourceFiles } from './fixtures/sources.ts';

const SMELLS_AT_LINES = 250;
const FAILS_AT_LINES = 400;

const code = sourceFiles('settings.ts', '{nodes,dashboard,scripts,test}/**/*.{ts,mts,mjs,vue}');
const product = code.filter((file) => !/^(test|scripts)\//.test(file.path));

/** Layer -> layers it may import. A node's or plugin's folder is a layer of its own. */
const ALLOWED: Record<string, readonly string[]> = {
  core: ['core'],
  adapters: ['adapters', 'core'],
  kit: ['kit', 'core'],
  node: ['kit', 'adapters', 'core'],
  dashboard: ['dashboard', 'kit', 'core'],
};

/** Libraries that only compute. */
const PURE = [
  /^zod($|\/)/,
  /^any-ascii$/,
  /^ical\.js$/,
  /^node:(crypto|path|util|events|timers|timers\/promises|url|assert|buffer)$/,
];
const NODE_RED = [/^node-red($|\/)/, /^@node-red\//, /^@flowfuse\//];

function layerOf(path: string): string | undefined {
  const [top, second = ''] = path.split('/');
  if (top === 'dashboard') return 'dashboard';
  if (top !== 'nodes') return undefined;
  return /^(capture|plugin)-/.test(second) ? 'node' : second;
}

function importsOf(file: SourceFile): string[] {
  const found = file.text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

/** Path inside the repository of a relative import. */
function target(file: SourceFile, specifier: string): string {
  return normalize(join(dirname(file.path), specifier));
}

test('imports only go down: nodes and dashboard -> kit -> core, nodes -> adapters -> core', () => {
  const wrong: string[] = [];
  for (const file of product) {
    const layer = layerOf(file.path);
    if (!layer) continue;
    assert.ok(ALLOWED[layer], `${file.path}: nodes/${layer} is not a layer`);
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const path = target(file, specifier);
      const to = layerOf(path) ?? 'outside';
      const isOwnFolder = layer === 'node' && dirname(path).startsWith(file.path.split('/').slice(0, 2).join('/'));
      if (!isOwnFolder && !ALLOWED[layer].includes(to)) wrong.push(`${file.path} imports ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the core only computes: no files, network or processes, no Node-RED', () => {
  const wrong = product
    .filter((file) => layerOf(file.path) === 'core')
    .flatMap((file) => importsOf(file).map((name) => ({ file, name })))
    .filter(({ name }) => !name.startsWith('.') && !PURE.some((pattern) => pattern.test(name)));
  assert.deepEqual(
    wrong.map(({ file, name }) => `${file.path} imports ${name}`),
    [],
  );
});

test('adapters know nothing of Node-RED', () => {
  const wrong = product
    .filter((file) => layerOf(file.path) === 'adapters')
    .filter((file) => importsOf(file).some((name) => NODE_RED.some((pattern) => pattern.test(name))));
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('no source file has grown too long', (context) => {
  const long = code
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length }))
    .filter(({ lines }) => lines > SMELLS_AT_LINES);
  for (const { path, lines } of long) context.diagnostic(`look again: ${path} has ${lines} lines`);
  assert.deepEqual(
    long.filter(({ lines }) => lines > FAILS_AT_LINES),
    [],
  );
});

test('files and folders are kebab-case, Vue components PascalCase, and there are no barrels', () => {
  const wrong = code.filter(({ path }) => {
    const file = basename(path).replace(/\.(test|bench|d)\.m?ts$|\.\w+$/, '');
    const isNamedWell = path.endsWith('.vue')
      ? /^[A-Z][A-Za-z0-9]+$/.test(file)
      : /^[a-z0-9]+(-[a-z0-9]+)*$/.test(file);
    const folders = dirname(path).split('/');
    return !isNamedWell || file === 'index' || !folders.every((name) => /^[a-z0-9.]+(-[a-z0-9]+)*$/.test(name));
  });
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('nothing is exported by default but what Node-RED asks for', () => {
  const wrong = product
    .filter((file) => file.path.endsWith('.ts') && /^export default\b|\bas default\b/m.test(file.text))
    .filter(
      ({ path }) => !/^(nodes\/(capture|plugin)|dashboard\/widgets\/ui-capture)-/.test(path) || !isNamedAsFolder(path),
    );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('class names say what they are', () => {
  const wrong = product.flatMap((file) =>
    [...file.text.matchAll(/\bclass (\w*(?:Manager|Helper|Utils?))\b/g)].map((match) => `${file.path}: ${match[1]}`),
  );
  assert.deepEqual(wrong, []);
});

test('no test is left out or alone', () => {
  const mark = /\b(?:test|it|describe|suite|t|context)\.(?:only|skip|todo)\(|\{\s*(?:only|skip|todo):/;
  const wrong = sourceFiles('test/**/*.ts').filter(({ text }) => mark.test(text));
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('no file names a place of the machine it was written on', () => {
  const texts = sourceFiles('*.{ts,json,md}', '{nodes,dashboard,flows,scripts,test,docs,docker,types}/**/*.*', '.ci/*');
  const parent = dirname(repository);
  // A clone directly below /tmp or / says nothing about whose machine it is.
  const own = parent === '/' || parent.startsWith('/tmp') ? [`${repository}/`] : [`${repository}/`, `${parent}/`];
  const wrong = texts.filter(
    ({ text }) => own.some((place) => text.includes(place)) || /\/(?:root|home\/\w+|Users\/\w+)\//.test(text),
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

function isNamedAsFolder(path: string): boolean {
  return basename(path, '.ts') === basename(dirname(path));
}
