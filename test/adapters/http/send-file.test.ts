import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createRouter, type Incoming } from '../../../nodes/adapters/http/router.ts';
import { sendFile } from '../../../nodes/adapters/http/send-file.ts';
import { until } from '../../fixtures/until.ts';

const run = promisify(execFile);
const content = randomBytes(3_000_000);
let folder: string;
let path: string;
let url: string;
const server = createServer();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-send-file-'));
  path = join(folder, 'Hörsaal "1".mp4');
  await writeFile(path, content);
  await utimes(path, new Date('2026-11-21T10:15:00.500Z'), new Date('2026-11-21T10:15:00.500Z'));
  await writeFile(join(folder, 'empty.mp4'), '');
  await truncate(await writtenTo('huge.mp4'), 2 ** 31);
  await symlink('/etc/hostname', join(folder, 'link.mp4'));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const handler = createRouter(
    [
      {
        method: 'GET',
        path: '/{name}',
        role: 'viewer',
        async handle({ request, response, params, query }) {
          const name = params['name'] === 'film' ? path : join(folder, params['name'] ?? '');
          const downloadName = query.has('download') ? { downloadName: 'Hörsaal "1".mp4' } : {};
          await sendFile(request, response, { path: name, mimeType: 'video/mp4', ...downloadName });
          return undefined;
        },
      },
    ],
    log,
  );
  server.on('request', (request: Incoming, response) => {
    request.caller = { user: 'viewer', role: 'viewer', via: 'http' };
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function writtenTo(name: string): Promise<string> {
  await writeFile(join(folder, name), '');
  return join(folder, name);
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

test('sends the whole file with what a player needs to know', async () => {
  const response = await fetch(`${url}/film`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'video/mp4');
  assert.equal(response.headers.get('content-length'), '3000000');
  assert.equal(response.headers.get('accept-ranges'), 'bytes');
  assert.equal(response.headers.get('last-modified'), 'Sat, 21 Nov 2026 10:15:00 GMT');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('content-disposition'), null);
  assert.match(response.headers.get('etag') ?? '', /^"[^"]+"$/);
  assert.deepEqual(await bytesOf(response), content);
});

test('HEAD answers alike, without the bytes, and knows no ranges', async () => {
  const response = await fetch(`${url}/film`, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '3000000');
  assert.equal((await bytesOf(response)).length, 0);
});

test('sends ranges', async () => {
  for (const [range, first, last] of [
    ['bytes=0-99', 0, 99],
    ['bytes=2999990-', 2_999_990, 2_999_999],
    ['bytes=-5', 2_999_995, 2_999_999],
    ['bytes=1000-99999999', 1000, 2_999_999],
  ] as const) {
    const response = await fetch(`${url}/film`, { headers: { range } });
    assert.equal(response.status, 206, range);
    assert.equal(response.headers.get('content-range'), `bytes ${first}-${last}/3000000`);
    assert.deepEqual(await bytesOf(response), content.subarray(first, last + 1));
  }
});

test('a range beyond the end is refused with the size', async () => {
  const response = await fetch(`${url}/film`, { headers: { range: 'bytes=3000000-' } });
  assert.equal(response.status, 416);
  assert.equal(response.headers.get('content-range'), 'bytes */3000000');
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(((await response.json()) as { code: string }).code, 'RANGE_NOT_SATISFIABLE');
});

test('an empty file is sent as such', async () => {
  const response = await fetch(`${url}/empty.mp4`);
  assert.equal(response.status, 200);
  assert.equal((await bytesOf(response)).length, 0);
});

test('goes on only with the very same file (If-Range)', async () => {
  const etag = (await fetch(`${url}/film`, { method: 'HEAD' })).headers.get('etag') ?? '';
  const ask = async (ifRange: string) =>
    (await fetch(`${url}/film`, { headers: { range: 'bytes=0-9', 'if-range': ifRange } })).status;
  assert.equal(await ask(etag), 206);
  assert.equal(await ask('"another"'), 200);
  assert.equal(await ask(`W/${etag}`), 200);
  assert.equal(await ask('Sat, 21 Nov 2026 10:15:01 GMT'), 200);
  await utimes(path, new Date('2024-01-01T00:00:00Z'), new Date('2024-01-01T00:00:00Z'));
  assert.equal(await ask(etag), 200, 'the file has changed');
  assert.equal(await ask('Mon, 01 Jan 2024 00:00:00 GMT'), 206);
});

test('answers conditions (RFC 9110 section 13)', async () => {
  const head = await fetch(`${url}/film`, { method: 'HEAD' });
  const etag = head.headers.get('etag') ?? '';
  const modified = head.headers.get('last-modified') ?? '';
  const ask = async (headers: Record<string, string>) => (await fetch(`${url}/film`, { headers })).status;
  assert.equal(await ask({ 'if-none-match': etag }), 304);
  assert.equal(await ask({ 'if-none-match': `"x", W/${etag}` }), 304);
  assert.equal(await ask({ 'if-none-match': '"x"' }), 200);
  assert.equal(await ask({ 'if-modified-since': modified }), 304);
  assert.equal(await ask({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 200);
  assert.equal(await ask({ 'if-match': etag }), 200);
  assert.equal(await ask({ 'if-match': '"x"' }), 412);
  assert.equal(await ask({ 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 412);
});

test('offers a name to save under, in both spellings', async () => {
  const response = await fetch(`${url}/film?download=1`, { method: 'HEAD' });
  assert.equal(
    response.headers.get('content-disposition'),
    `attachment; filename="H_rsaal _1_.mp4"; filename*=UTF-8''H%C3%B6rsaal%20%221%22.mp4`,
  );
});

test('links, folders and missing files are not there', async () => {
  for (const name of ['link.mp4', 'missing.mp4', '.']) {
    const response = await fetch(`${url}/${encodeURIComponent(name).replace('.', '%2E')}`);
    assert.equal(response.status, 404, name);
  }
});

test('curl resumes a broken download', async () => {
  const target = join(folder, 'download.mp4');
  await writeFile(target, content.subarray(0, 1_234_567));
  const { stdout } = await run('curl', [
    '-sS',
    '-C',
    '-',
    '-o',
    target,
    '-w',
    '%{http_code} %{size_download}',
    `${url}/film`,
  ]);
  assert.equal(stdout, `206 ${3_000_000 - 1_234_567}`);
  assert.deepEqual(sha256(await readFile(target)), sha256(content));
});

test('a client that leaves costs neither memory nor an open file', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const size = (await stat(join(folder, 'huge.mp4'))).size;
  assert.equal(size, 2 ** 31);
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write('GET /huge.mp4 HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      // Reads no more: the server has to wait, not to gather 40 GB.
      return socket;
    }),
  );
  await until(async () => (await openFiles('huge.mp4')) === 20, { what: '20 open files' });
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20, 'streamed, not gathered');
  for (const socket of sockets) socket.destroy();
  await until(async () => (await openFiles('huge.mp4')) === 0, { what: 'all files to be closed' });
});

async function openFiles(name: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((link) => link.endsWith(name)).length;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
