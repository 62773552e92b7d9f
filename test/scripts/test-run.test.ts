import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isAlive } from '../fixtures/child-processes.ts';
import { repository } from '../fixtures/sources.ts';

/** A project with tests of its own, run by our scripts/test.ts. */
let project: string;

before(() => {
  project = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(project, 'test/fixtures'), { recursive: true });
  mkdirSync(join(project, 'test/long'));
  cpSync(join(repository, 'scripts'), join(project, 'scripts'), { recursive: true });
  cpSync(join(repository, 'test/fixtures/end-of-file.ts'), join(project, 'test/fixtures/end-of-file.ts'));
  addTest('good', `test('good', () => {});`);
  addTest('bad', `test('bad', () => { throw new Error('broken'); });`);
  addTest(
    'careless',
    `test('careless', async () => {
      const { spawn } = await import('node:child_process');
      const { writeFileSync } = await import('node:fs');
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      child.unref();
      writeFileSync(${JSON.stringify(join(project, 'pid'))}, String(child.pid));
    });`,
  );
  addTest('long/slow', `test('slow', () => {});`);
});

after(() => rmSync(project, { recursive: true, force: true }));

function addTest(name: string, code: string): void {
  writeFileSync(join(project, `test/${name}.test.ts`), `import { test } from 'node:test';\n${code}\n`);
}

function runTests(args: string[], extra: Record<string, string> = {}) {
  // Node refuses to run tests inside tests while this is set.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [join(project, 'scripts/test.ts'), ...args], {
    env: { ...env, ...extra },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('a failed test fails the run, which ends with the closing lines of the test runner', () => {
  const { status, stdout } = runTests(['good', 'bad']);
  assert.equal(status, 1);
  assert.match(stdout, /^ℹ pass 1\nℹ fail 1$/m);
});

test('words choose the files; long tests run only when asked for', () => {
  const { status, stdout } = runTests(['oo']);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^ℹ tests 1$/m);
  assert.match(runTests(['--long']).stdout, /✔ slow.*\nℹ tests 1\n/s);
});

test('a word that matches no file is a mistake', () => {
  assert.equal(runTests(['nothing-like-that']).status, 1);
});

test('a process that a test leaves behind is named and ended', () => {
  const { stderr } = runTests(['careless']);
  const pid = Number(readFileSync(join(project, 'pid'), 'utf8'));
  assert.match(stderr, new RegExp(`left behind by a test, ended now: ${pid} sleep 600`));
  assert.ok(!isAlive(pid));
});

test('settings of the shell do not reach the tests', () => {
  addTest(
    'clean',
    `test('clean', () => { if (process.env.REELFLOW_PORT || process.env.PG_DSN) throw new Error('leaks'); });`,
  );
  assert.equal(runTests(['clean'], { REELFLOW_PORT: '1', PG_DSN: 'x' }).status, 0);
});
