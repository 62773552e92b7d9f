import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';
import { SetupError, say } from './say.mjs';

/** Everything that dist/, resources/ and examples/ are made from. */
const SOURCES = [
  'settings.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  'types',
  'nodes',
  'dashboard',
  'flows',
  'scripts/build.ts',
  'scripts/tsconfig.build.json',
];
const STAMP = 'dist/.stamp';

/** Why a build is due, in words; undefined when dist/ is newer than every source. */
export function buildProblem(root) {
  if (!existsSync(join(root, 'dist', 'settings.js')) || !existsSync(join(root, 'resources'))) return 'not built yet';
  return readStamp(root) === fingerprint(root, SOURCES) ? undefined : 'sources have changed';
}

export function runBuild(root, problem) {
  say(`building (${problem})`);
  // Taken before the build: what is changed during it makes the next start build again.
  const stamp = fingerprint(root, SOURCES);
  const node = join(root, 'node_modules', '.bin', 'node');
  const command = existsSync(node) ? node : process.execPath;
  const result = spawnSync(command, [join(root, 'scripts', 'build.ts')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new SetupError('the build failed, see above');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, STAMP), stamp);
}

function readStamp(root) {
  try {
    return readFileSync(join(root, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}
