/**
 * `npm run dev`: starts the station, builds and restarts it after every change of a source. (Node-RED only loads nodes
 * from .js files with their .html beside them, so there is no way round the build; it takes about a second.)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const WATCHED = ['nodes', 'dashboard', 'flows', 'settings.ts'];
/** Editors write a file in several steps, and git a whole tree. */
const SETTLE_MS = 200;

let station: ChildProcess | undefined;
let isBusy = false;
let isDue = false;
let timer: NodeJS.Timeout | undefined;

function start(): void {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  station = spawn('/bin/sh', ['-c', scripts.start], { cwd: root, stdio: 'inherit' });
}

async function stop(): Promise<void> {
  if (!station || station.exitCode !== null || station.signalCode !== null) return;
  station.kill('SIGTERM');
  await once(station, 'exit');
}

async function build(): Promise<boolean> {
  const bootstrap = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'build'], { stdio: 'inherit' });
  const [code] = (await once(bootstrap, 'exit')) as [number | null];
  return code === 0;
}

/** A failed build leaves the running station alone; the next change tries again. */
async function rebuild(): Promise<void> {
  if (isBusy) {
    isDue = true;
    return;
  }
  isBusy = true;
  do {
    isDue = false;
    if (await build()) {
      await stop();
      start();
    }
  } while (isDue);
  isBusy = false;
}

function onChange(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    rebuild().catch((error: unknown) => console.error(error));
  }, SETTLE_MS);
}

for (const path of WATCHED) watch(join(root, path), { recursive: true }, onChange);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A terminal sends Ctrl-C to the station as well; stop() waits for it either way.
  process.once(signal, () => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
start();
