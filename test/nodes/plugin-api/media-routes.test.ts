import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Recording } from '../../../nodes/core/recording/recording.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

const run = promisify(execFile);
const content = randomBytes(500_000);
const operation = 'GET /media/recordings/{id}/{file}';
let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer();
  client = new Client(server);
});

after(() => server.close());

/** A recording with real files in its folder. */
async function recorded(paths: string[], fields: Partial<Recording> = {}): Promise<Recording> {
  const made = server.recordings.put({ state: 'recorded', ...fields });
  await mkdir(made.directory, { recursive: true });
  const tracks = [];
  for (const [index, name] of paths.entries()) {
    const path = name.startsWith('/') ? name : join(made.directory, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
    const input = `input-${index}`;
    tracks.push({
      input,
      flavor: 'presenter/source',
      path,
      mimeType: 'video/mp4',
      sizeBytes: content.length,
      durationMs: 1000,
    });
  }
  return server.recordings.put({ ...made, tracks });
}

async function urlsOf({ id }: Recording): Promise<string[]> {
  const { body } = await client.ask('GET /api/v1/recordings/{id}', `/api/v1/recordings/${id}`);
  return body.tracks.map((track: { url: string }) => track.url);
}

async function read(url: string): Promise<Buffer> {
  const response = await fetch(server.url + url);
  assert.equal(response.status, 200, url);
  return Buffer.from(await response.arrayBuffer());
}

test('serves the finished files under the addresses that the recording gives', async () => {
  const recording = await recorded(['hall.mp4', 'sub folder/slides ä.mp4']);
  for (const url of await urlsOf(recording)) assert.deepEqual(await read(url), content);
  const head = await fetch(server.url + (await urlsOf(recording))[0], { method: 'HEAD' });
  assert.equal(head.headers.get('content-type'), 'video/mp4');
  assert.equal(head.headers.get('accept-ranges'), 'bytes');
});

test('answers ranges, conditions and downloads as documented', async () => {
  const recording = await recorded(['hall.mp4']);
  const [url = ''] = await urlsOf(recording);
  const part = await client.ask(operation, url, { headers: { range: 'bytes=0-9' } });
  assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 0-9/500000']);
  const etag = part.headers.get('etag') ?? '';
  assert.equal((await client.ask(operation, url, { headers: { 'if-none-match': etag } })).status, 304);
  await client.refused(416, 'RANGE_NOT_SATISFIABLE', operation, url, { headers: { range: 'bytes=500000-' } });
  await client.refused(412, 'PRECONDITION_FAILED', operation, url, { headers: { 'if-match': '"x"' } });
  const saved = await client.ask(operation, `${url}?download=1`);
  assert.match(saved.headers.get('content-disposition') ?? '', /^attachment; filename="hall.mp4"/);
});

test('curl goes on with a download that was broken off', async () => {
  const recording = await recorded(['hall.mp4']);
  const [url = ''] = await urlsOf(recording);
  const target = join(server.dataRoot, 'download.mp4');
  await writeFile(target, content.subarray(0, 123_456));
  await run('curl', ['-fsS', '-C', '-', '-o', target, server.url + url]);
  assert.deepEqual(await readFile(target), content);
});

test('a file that delivery has moved is found where it is now', async () => {
  const recording = await recorded(['hall.mp4']);
  const [url = ''] = await urlsOf(recording);
  const store = join(server.dataRoot, 'store');
  await mkdir(store, { recursive: true });
  const moved = join(store, 'Lecture 1 presenter.mp4');
  await rename(join(recording.directory, 'hall.mp4'), moved);
  const sidecar = join(store, 'Lecture 1.json');
  await writeFile(sidecar, '{"title":"Lecture 1"}');
  const delivery = { deliverId: 'd', target: store, bytesDone: 1, bytesTotal: 1, attempts: 1, paths: [moved, sidecar] };
  server.recordings.put({ ...recording, state: 'delivered', delivery });
  assert.deepEqual(await read(url), content);
  const json = await client.ask(operation, `/media/recordings/${recording.id}/Lecture%201.json`);
  assert.equal(json.headers.get('content-type'), 'application/json');
  assert.equal(json.body.title, 'Lecture 1');
});

test('tracks that delivery has put in their new places are served there', async () => {
  const store = join(server.dataRoot, 'new place');
  const recording = await recorded([join(store, 'a/hall.mp4'), join(store, 'b/hall.mp4')]);
  const urls = await urlsOf(recording);
  assert.equal(new Set(urls).size, 2, 'two files of one name have two addresses');
  for (const url of urls) assert.deepEqual(await read(url), content);
});

test('nothing but the files of the recording can be reached', async () => {
  const recording = await recorded(['hall.mp4']);
  await writeFile(join(recording.directory, 'tool-c1.log'), 'secret');
  await writeFile(join(server.dataRoot, 'users.json'), 'secret');
  const base = `/media/recordings/${recording.id}`;
  for (const path of [
    `${base}/tool-c1.log`,
    `${base}/..%2F..%2Fusers.json`,
    `${base}/%2e%2e/%2e%2e/users.json`,
    `${base}/../../users.json`,
    `${base}/%2Fetc%2Fhostname`,
    `${base}/hall.mp4%00.txt`,
    `${base}/`,
    base,
    '/media/recordings/',
    '/media/recordings/..%2Fusers.json/hall.mp4',
    '/media/recordings/nothing/hall.mp4',
  ]) {
    const { stdout } = await run('curl', ['-sS', '--path-as-is', '-w', '\n%{http_code}', server.url + path]);
    assert.match(stdout, /\n404$/, path);
    assert.ok(!stdout.includes('secret'), path);
  }
  assert.deepEqual(await read(`${base}/hall.mp4`), content);
});

test('links do not lead out', async () => {
  const recording = await recorded(['hall.mp4', 'inside/slides.mp4']);
  const outside = join(server.dataRoot, 'outside');
  await mkdir(outside, { recursive: true });
  await writeFile(join(outside, 'slides.mp4'), 'secret');
  const [file = '', folder = ''] = await urlsOf(recording);
  await rename(join(recording.directory, 'hall.mp4'), join(outside, 'hall.mp4'));
  await symlink(join(outside, 'hall.mp4'), join(recording.directory, 'hall.mp4'));
  await client.refused(404, 'FILE_UNKNOWN', operation, file);
  await rename(join(recording.directory, 'inside'), join(server.dataRoot, 'aside'));
  await symlink(outside, join(recording.directory, 'inside'));
  await client.refused(404, 'FILE_UNKNOWN', operation, folder);
});

test('only with a login', async () => {
  const recording = await recorded(['hall.mp4']);
  const [url = ''] = await urlsOf(recording);
  await client.refused(401, 'UNAUTHENTICATED', operation, url, { role: 'nobody' });
});
