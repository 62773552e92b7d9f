/**
 * Builds what a start needs: dist/ (the runtime: compiled TypeScript with each node's html, locales and icons beside
 * it, where Node-RED looks for them; a dashboard page's html and texts are put together), resources/ (one file per dashboard widget) and examples/ (the scenarios, for
 * Node-RED's Import dialog). Run it by `npm run build`, which also keeps the stamp that spares the next build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fingerprint } from './setup/fingerprint.mjs';

const root = dirname(import.meta.dirname);
const at = (...parts: string[]) => join(root, ...parts);

/** Beside a node's code, not part of its code; `client/` and .vue files go into the widget bundles. */
const ASSETS = ['nodes/**/*.html', 'nodes/**/{locales,icons}/**/*.*', 'dashboard/widgets/*/icons/*.*'];
const SOURCES = ['settings.ts', 'nodes/**/*.ts', 'dashboard/auth/**/*.ts', 'dashboard/widgets/*/*.ts'];
const WIDGET_SOURCES = ['dashboard', 'package.json', 'package-lock.json'];
/** For devices that have the dashboard installed as an app; the flows name it. */
const APP_ICON = at('resources/app-icon.png');
/** Loaded by a page when somebody plays; with its licence. Not the light one: archived channels have sound of its own. */
const PLAYER = [
  ['hls.js/dist/hls.min.mjs', 'hls.min.mjs'],
  ['hls.js/LICENSE', 'hls.LICENSE'],
] as const;
const WIDGET_STAMP = at('.cache', 'widgets.stamp');

/** Compiles into dist/; writes nothing when there is a type error. */
async function compile(): Promise<void> {
  const tsc = spawn(at('node_modules/.bin/tsc'), ['-p', 'scripts/tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  const [code] = (await once(tsc, 'exit')) as [number | null];
  if (code !== 0) throw new Error('tsc found errors');
}

async function copyAssets(): Promise<string[]> {
  const assets = [...new Set(ASSETS.flatMap((pattern) => globSync(pattern, { cwd: root })))];
  for (const asset of assets) {
    await mkdir(dirname(at('dist', asset)), { recursive: true });
    await copyFile(at(asset), at('dist', asset));
  }
  return assets;
}

/** The forms, texts and help of the dashboard's pages. */
async function writePages(): Promise<string[]> {
  const { pageFiles } = await import('../dashboard/page-files.ts');
  const written: string[] = [];
  for (const type of Object.keys(widgetEntries())) {
    for (const [name, content] of await pageFiles(type)) {
      const file = join('dashboard/widgets', type, name);
      await mkdir(dirname(at('dist', file)), { recursive: true });
      await writeFile(at('dist', file), content);
      written.push(file);
    }
  }
  return written;
}

/** By node type, as Dashboard 2 reads them. */
function widgetEntries(): Record<string, { output: string }> {
  const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
    'node-red-dashboard-2': { widgets: Record<string, { output: string }> };
  };
  return manifest['node-red-dashboard-2'].widgets;
}

/** Removes what an earlier build left of sources that are gone: Node-RED would still find and load it. */
async function removeLeftovers(assets: string[]): Promise<void> {
  const scripts = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.endsWith('.d.ts'))
    .flatMap((file) => [file.replace(/\.ts$/, '.js'), file.replace(/\.ts$/, '.js.map')]);
  const expected = new Set([...assets, ...scripts, '.stamp']);
  for (const entry of await readdir(at('dist'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !expected.has(path.slice(at('dist').length + 1))) await rm(path);
  }
}

/** The slowest part, so only when one of its sources has changed. */
async function bundleWidgets(): Promise<void> {
  const stamp = fingerprint(root, WIDGET_SOURCES);
  const names = [...Object.values(widgetEntries()).map(({ output }) => output), ...PLAYER.map(([, name]) => name)];
  const outputs = [APP_ICON, ...names.map((name) => at('resources', name))];
  const isFresh = existsSync(WIDGET_STAMP) && readFileSync(WIDGET_STAMP, 'utf8') === stamp;
  if (isFresh && outputs.every((file) => existsSync(file))) return;
  await rm(at('resources'), { recursive: true, force: true });
  await mkdir(at('resources'), { recursive: true });
  const { buildWidgets } = await import('../dashboard/build-widgets.ts');
  await buildWidgets();
  await copyFile(at('dashboard/app-icon.png'), APP_ICON);
  for (const [from, name] of PLAYER) await copyFile(at('node_modules', from), at('resources', name));
  await mkdir(dirname(WIDGET_STAMP), { recursive: true });
  await writeFile(WIDGET_STAMP, stamp);
}

/** Whole scenarios, and snippets that show what else a node can do. */
async function copyExamples(): Promise<void> {
  await rm(at('examples'), { recursive: true, force: true });
  await mkdir(at('examples'), { recursive: true });
  for (const flow of globSync('flows/scenarios/*/flow.json', { cwd: root })) {
    await copyFile(at(flow), at('examples', `${basename(dirname(flow))}.json`));
  }
  for (const flow of globSync('flows/snippets/*.json', { cwd: root })) {
    await copyFile(at(flow), at('examples', basename(flow)));
  }
}

async function build(): Promise<void> {
  await Promise.all([compile(), bundleWidgets(), copyExamples()]);
  await removeLeftovers([...(await copyAssets()), ...(await writePages())]);
}

try {
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
