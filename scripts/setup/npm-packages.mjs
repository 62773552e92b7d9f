import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { SetupError, say } from './say.mjs';

/** Passed on to `npm ci`; every other npm_* variable describes the outer npm run and would be taken for settings. */
const KEPT_NPM_SETTINGS =
  /^npm_config_(registry|userconfig|globalconfig|cache|(https_)?proxy|noproxy|cafile|strict_ssl)$/i;

/**
 * What is wrong with node_modules, in words; undefined when it is what the lock file says and its Node runs.
 * npm's own record (node_modules/.package-lock.json, written last) is compared, so an interrupted install shows.
 */
export function installProblem(root) {
  const lock = readJson(join(root, 'package-lock.json'));
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!lock) throw new SetupError('package-lock.json cannot be read: restore it with git checkout package-lock.json');
  if (!installed?.packages) return 'not installed yet';
  if (isEdited(root, lock.packages[''])) return 'package.json and package-lock.json differ';
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    // Optional packages are for other machines, or npm could do without them.
    if (!found && entry.optional) continue;
    if (!found || found.version !== entry.version || found.integrity !== entry.integrity) return `${path} is outdated`;
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is missing`;
  }
  return nodeProblem(root, lock);
}

export function installPackages(root, problem) {
  say(`installing npm packages (${problem}); the first time this takes about a minute`);
  const [command, ...prefix] = outerNpm(root);
  const args = [...prefix, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, args, { cwd: root, env: cleanEnvironment(root), stdio: ['ignore', 2, 2] });
  if (result.error) throw new SetupError(`npm cannot be run: ${result.error.message}`);
  if (result.status !== 0) {
    throw new SetupError('npm ci failed, see above; run the command again when the network or the disk is in order');
  }
  const left = installProblem(root);
  if (left) throw new SetupError(`npm ci ended well, but: ${left}`);
}

/** The Node that comes with the packages; a half-written or foreign binary would end every script by a signal. */
function nodeProblem(root, lock) {
  const name = `node_modules/node-linux-${process.arch}`;
  const wanted = process.platform === 'linux' ? lock.packages[name]?.version : undefined;
  if (!wanted) {
    const major = Number(process.versions.node.split('.')[0]);
    if (major >= 24) return undefined;
    throw new SetupError(`no Node 24 package exists for ${process.platform}-${process.arch}: install Node 24 yourself`);
  }
  const result = spawnSync(join(root, 'node_modules', '.bin', 'node'), ['-v'], { encoding: 'utf8', timeout: 10_000 });
  return result.stdout?.trim() === `v${wanted}` ? undefined : 'the Node in node_modules does not run';
}

/**
 * The npm that runs us, unless it lies in the node_modules that `npm ci` is about to delete (node-red brings one, first
 * in PATH inside npm scripts).
 */
function outerNpm(root) {
  const inner = join(root, 'node_modules') + sep;
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js') && !running.startsWith(inner) && !process.execPath.startsWith(inner)) {
    return [process.execPath, running];
  }
  const found = outerPath(root)
    .split(delimiter)
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file));
  if (!found) throw new SetupError('npm is not in PATH: install it, then run the command again');
  return [found];
}

function outerPath(root) {
  const inner = join(root, 'node_modules');
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.startsWith(inner))
    .join(delimiter);
}

function cleanEnvironment(root) {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || KEPT_NPM_SETTINGS.test(name));
  return { ...Object.fromEntries(kept), PATH: outerPath(root) };
}

function isEdited(root, locked) {
  const declared = readJson(join(root, 'package.json'));
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some(
    (section) => sorted(declared?.[section]) !== sorted(locked?.[section]),
  );
}

function sorted(section = {}) {
  return JSON.stringify(Object.entries(section).sort(([a], [b]) => a.localeCompare(b)));
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
