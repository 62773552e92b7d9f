import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { userEnvironment } from '../fixtures/fresh-clone.ts';
import { repository } from '../fixtures/sources.ts';

/** The Node of the user's shell, often older than ours: the bootstrap must do with it. */
const outerNode =
  spawnSync('which', ['node'], { env: userEnvironment(), encoding: 'utf8' }).stdout.trim() || process.execPath;

/** A project whose only package is the Node binary: everything is real, npm ci too, but it takes seconds. */
let project: string;

before(() => {
  project = mkdtempSync(join(tmpdir(), 'project-'));
  cpSync(join(repository, 'scripts'), join(project, 'scripts'), { recursive: true });
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const name = `node-linux-${process.arch}`;
  const node = lock.packages[`node_modules/${name}`];
  assert.ok(node);
  const manifest = { name: 'small', version: '1.0.0', optionalDependencies: { [name]: node.version } };
  const packages = { '': manifest, [`node_modules/${name}`]: node };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(project, 'package-lock.json'),
    JSON.stringify({ ...manifest, lockfileVersion: 3, requires: true, packages }),
  );
});

after(() => rmSync(project, { recursive: true, force: true }));

function bootstrap(purpose: string, options: { env?: NodeJS.ProcessEnv; nodeArguments?: string[] } = {}) {
  const args = [...(options.nodeArguments ?? []), join(project, 'scripts/bootstrap.mjs'), purpose];
  const result = spawnSync(outerNode, args, {
    env: options.env ?? userEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status: result.status, text: result.stderr };
}

function bootstrapInBackground(): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const args = [join(project, 'scripts/bootstrap.mjs'), 'check'];
    execFile(outerNode, args, { env: userEnvironment(), timeout: 120_000 }, (error, _stdout, text) => {
      resolve({ status: error ? 1 : 0, text });
    });
  });
}

function installedNode(): string {
  return spawnSync(join(project, 'node_modules/.bin/node'), ['-v'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

test('installs what is missing, then has nothing more to do and says nothing', () => {
  const first = bootstrap('check');
  assert.equal(first.status, 0, first.text);
  assert.match(first.text, /installing npm packages \(not installed yet\)/);
  assert.equal(installedNode(), process.version);
  assert.deepEqual(bootstrap('check'), { status: 0, text: '' });
});

test('a Node binary that does not run is replaced', () => {
  const binary = join(project, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  rmSync(binary);
  writeFileSync(binary, 'half a download', { mode: 0o755 });
  const { status, text } = bootstrap('check');
  assert.equal(status, 0, text);
  assert.match(text, /the Node in node_modules does not run/);
  assert.equal(installedNode(), process.version);
});

test('a package folder that is gone is put back: under NODE_ENV=production, after a set-up that was killed', () => {
  mkdirSync(join(project, '.cache'), { recursive: true });
  writeFileSync(join(project, '.cache/setup.lock'), String(spawnSync('true').pid));
  rmSync(join(project, 'node_modules', `node-linux-${process.arch}`), { recursive: true });
  const { status, text } = bootstrap('check', {
    env: userEnvironment({ NODE_ENV: 'production', npm_config_omit: 'optional', npm_config_offline: 'true' }),
  });
  assert.equal(status, 0, text);
  assert.match(text, /is missing/);
  assert.equal(installedNode(), process.version);
  assert.ok(!existsSync(join(project, '.cache/setup.lock')));
});

test('two at once: the second waits and finds the work done', async () => {
  rmSync(join(project, 'node_modules'), { recursive: true });
  const results = await Promise.all([0, 1].map(() => bootstrapInBackground()));
  assert.deepEqual(
    results.map(({ status }) => status),
    [0, 0],
  );
  assert.equal(results.filter(({ text }) => text.includes('installing npm packages')).length, 1);
  assert.equal(installedNode(), process.version);
});

test('without FFmpeg and without rights it ends with the command to type', () => {
  const tools = join(project, 'tools');
  mkdirSync(tools);
  // Only apt-get is to be found: no ffmpeg, no sudo. The stub is never run.
  writeFileSync(join(tools, 'apt-get'), '#!/bin/sh\necho apt-get was run >&2\n', { mode: 0o755 });
  const { status, text } = bootstrap('start', {
    env: { PATH: tools },
    nodeArguments: ['--import', 'data:text/javascript,process.getuid=()=>1000'],
  });
  assert.equal(status, 1);
  assert.match(text, /missing: ffmpeg/);
  assert.match(text, /^ {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends ffmpeg$/m);
  assert.doesNotMatch(text, /was run|at .*:\d+:\d+/);
});
