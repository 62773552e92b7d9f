/** The static checks: types, lint, format. `node scripts/checks.ts` runs them all; test/checks.test.ts each as a test. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

export interface Check {
  name: string;
  /** A program of node_modules/.bin with its arguments. */
  argv: readonly [string, ...string[]];
}

/** Biome would also lay out Markdown and YAML, where people choose how a table or a text breaks. */
const CODE = ['settings.ts', 'package.json', 'types', 'nodes', 'dashboard', 'scripts', 'test'];

export const checks: readonly Check[] = [
  { name: 'types', argv: ['tsc', '-p', '.', '--noEmit'] },
  { name: 'types of the dashboard client', argv: ['tsc', '-p', 'dashboard', '--noEmit'] },
  { name: 'format and lint (biome)', argv: ['biome', 'check', '--error-on-warnings', ...CODE] },
  { name: 'lint with types (oxlint)', argv: ['oxlint', '--type-aware', '--deny-warnings'] },
];

/** Runs one check; its whole output, and whether it passed. */
export function runCheck(check: Check): { isPassed: boolean; output: string } {
  const root = dirname(import.meta.dirname);
  const [program, ...args] = check.argv;
  const result = spawnSync(join(root, 'node_modules/.bin', program), args, { cwd: root, encoding: 'utf8' });
  return { isPassed: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}` };
}

if (import.meta.main) {
  for (const check of checks) {
    const { isPassed, output } = runCheck(check);
    console.log(`${isPassed ? 'ok    ' : 'FAILED'} ${check.name}`);
    if (isPassed) continue;
    console.log(output);
    process.exitCode = 1;
  }
}
