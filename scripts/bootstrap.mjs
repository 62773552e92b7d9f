/**
 * Makes a clone ready before an npm script runs: npm packages, system tools, build. Says nothing and takes some tens
 * of milliseconds when there is nothing to do.
 *
 *   node scripts/bootstrap.mjs start|test|check|dev|build
 *
 * Plain JavaScript on built-ins only: it runs before anything is installed, on whichever Node runs npm (18 or newer).
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProblem, runBuild } from './setup/build-state.mjs';
import { installPackages, installProblem } from './setup/npm-packages.mjs';
import { SetupError, say } from './setup/say.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { installTools, missingTools } from './setup/system-tools.mjs';

const NEEDS = {
  start: { tools: 'start', isBuilt: true },
  test: { tools: 'test', isBuilt: true },
  check: { isBuilt: false },
  dev: { tools: 'start', isBuilt: true },
  build: { isBuilt: true, isForced: true },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The steps that are not done yet, each with what is wrong and what mends it. */
function openSteps(needs) {
  const steps = [];
  const install = installProblem(root);
  if (install) steps.push(() => installPackages(root, install));
  const tools = needs.tools ? missingTools(needs.tools) : [];
  if (tools.length > 0) steps.push(() => installTools(tools));
  if (needs.isBuilt) {
    const build = needs.isForced ? 'asked for' : buildProblem(root);
    if (build) steps.push(() => runBuild(root, build));
  }
  return steps;
}

async function main(purpose) {
  const needs = NEEDS[purpose];
  if (!needs) throw new SetupError(`unknown purpose ${purpose}; one of ${Object.keys(NEEDS).join(', ')}`);
  if (!existsSync(join(root, 'package-lock.json'))) throw new SetupError('package-lock.json is missing: clone again');
  if (openSteps(needs).length === 0) return;
  const startedAt = Date.now();
  await withSetupLock(root, () => {
    // Asked again: another npm command may have done it while this one waited for the lock.
    for (const step of openSteps(needs)) step();
  });
  say(`ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

main(process.argv[2] ?? 'start').catch((error) => {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
});
