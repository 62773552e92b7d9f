import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { until } from '../fixtures/until.ts';

const require = createRequire(import.meta.url);
const red = join(dirname(require.resolve('node-red/package.json')), 'red.js');
const root = resolve(import.meta.dirname, '..', '..');

const inject = (id: string, payload: string, target: string): object => ({
  ...{ id, type: 'inject', z: 'tab', name: '', props: [{ p: 'payload' }], payload, payloadType: 'str', topic: '' },
  ...{ repeat: '', crontab: '', once: true, onceDelay: 0.1, x: 10, y: 10, wires: [[target]] },
});
const flow = [
  { id: 'tab', type: 'tab', label: 'Test' },
  inject('i1', 'reject', 'n1'),
  inject('i2', 'fine', 'n1'),
  inject('i3', 'fine', 'n2'),
  { id: 'n1', type: 'capture-stray', z: 'tab', x: 200, y: 10, wires: [['out']] },
  { id: 'n2', type: 'capture-stray', z: 'tab', opens: false, x: 200, y: 50, wires: [[]] },
  {
    id: 'out',
    type: 'debug',
    z: 'tab',
    active: true,
    tosidebar: false,
    console: true,
    complete: 'payload',
    x: 300,
    y: 10,
    wires: [],
  },
];

test('a Node-RED process survives nodes that reject in open, receive and close, and promises nobody handles', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-stray-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const module = join(folder, 'module');
  await mkdir(module);
  const source = await readFile(join(root, 'test/fixtures/stray-node.js'), 'utf8');
  const code = source
    .replaceAll('KIT', pathToFileURL(join(root, 'nodes/kit')).href)
    .replaceAll('ZOD', pathToFileURL(require.resolve('zod')).href);
  await writeFile(join(module, 'capture-stray.js'), code);
  const manifest = {
    name: 'stray',
    version: '0.0.0',
    type: 'module',
    'node-red': { nodes: { 'capture-stray': 'capture-stray.js' } },
  };
  await writeFile(join(module, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'flows.json'), JSON.stringify(flow));
  await writeFile(
    join(folder, 'settings.cjs'),
    `module.exports = ${JSON.stringify({ flowFile: 'flows.json', nodesDir: [module], uiPort: 0, uiHost: '127.0.0.1', credentialSecret: 'test', telemetry: { enabled: false } })}`,
  );
  const child = spawn(process.execPath, [red, '-u', folder, '-s', join(folder, 'settings.cjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  const seen = (text: string, count = 1) =>
    until(
      () => {
        assert.equal(child.exitCode, null, `Node-RED ended:\n${output}`);
        return output.split(text).length > count;
      },
      { timeoutMs: 30_000, what: `"${text}"` },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${output}`);
    });
  await seen('alive');
  await seen('[capture-stray:n1] ReelflowError: receive rejected');
  await seen('STRAY_REJECTION', 2);
  // Once when it opens, once for the message it got.
  await seen('[capture-stray:n2] ReelflowError: open rejected', 2);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [exitCode] = await ended;
  assert.match(output, /close rejected/);
  assert.equal(exitCode, 0);
});
