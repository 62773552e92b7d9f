/**
 * Runs the tests: `npm test`, or `npm test -- schedule ffmpeg` for the files whose path has one of these words;
 * `npm run test:long` for those that take minutes each. Ends with the closing lines of Node's test runner.
 */
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const root = dirname(import.meta.dirname);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { long: { type: 'boolean' } } });

const SLOW_FILES = 25;
/** Cheap ones that find most mistakes first, then the longest, so that no core is idle at the end. */
const ORDER = [/^test\/(checks|architecture)\./, /^test\/(e2e|recorder|scripts)\//, /^test\//];

function testFiles(): string[] {
  const files = globSync('test/**/*.test.ts', { cwd: root })
    .filter((file) => file.startsWith('test/long/') === (values.long ?? false))
    .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)));
  const rank = (file: string) => ORDER.findIndex((pattern) => pattern.test(file));
  return files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).map((file) => join(root, file));
}

/** Processes that tests left behind: all of them inherited the TMPDIR that only this run has. */
function leftovers(folder: string): number[] {
  const isOurs = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`TMPDIR=${folder}`);
    } catch {
      return false; // ended meanwhile, or another user's
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map(Number);
}

function endLeftovers(folder: string): void {
  for (const pid of leftovers(folder)) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      process.kill(pid, 'SIGKILL');
      console.error(`left behind by a test, ended now: ${pid} ${command}`);
    } catch {
      // It has ended by itself.
    }
  }
}

// What the developer's shell sets for a station must not reach the tests' stations.
for (const name of Object.keys(process.env)) {
  if (/^(REELFLOW_|PG_DSN$|FFREPORT$)/.test(name)) delete process.env[name];
}
const files = testFiles();
if (files.length === 0) {
  console.error(`no test file matches ${positionals.join(' ') || 'test/long'}`);
  process.exit(values.long ? 0 : 1);
}

const folder = mkdtempSync(join(tmpdir(), 'rf-'));
process.env['TMPDIR'] = folder;

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.exitCode = 1;
    interrupt.abort();
  });
}

const tests = run({
  files,
  // Many tests wait for real video to pass: one more than there are cores, or half of the time nobody works.
  concurrency: Math.min(availableParallelism() + 1, 6),
  timeout: 300_000,
  execArgv: ['--import', join(root, 'test/fixtures/end-of-file.ts')],
  signal: interrupt.signal,
});
tests.on('test:fail', () => {
  process.exitCode = 1;
});
const startedAt = performance.now();
const ended: { file: string; seconds: number; at: number }[] = [];
tests.on('test:summary', ({ file, duration_ms: ms }) => {
  if (file === undefined) return;
  const at = Math.round((performance.now() - startedAt) / 1000);
  ended.push({ file: relative(root, file), seconds: Math.round(ms / 1000), at });
});
const output = tests.compose(spec);
output.on('end', () => {
  endLeftovers(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  if (ended.length > SLOW_FILES) reportSlowFiles();
});
output.pipe(process.stdout);

/** Where the time goes, and which file was alone at the end: that is what makes a run long. */
function reportSlowFiles(): void {
  const slow = ended.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOW_FILES);
  const lines = slow.map(({ file, seconds, at }) => `  ${String(seconds).padStart(4)} s, over after ${at} s: ${file}`);
  console.error(['slowest files', ...lines].join('\n'));
}
