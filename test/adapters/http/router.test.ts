import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { readJsonBody } from '../../../nodes/adapters/http/json-body.ts';
import type { Problem } from '../../../nodes/adapters/http/problem.ts';
import { createRouter, type Incoming } from '../../../nodes/adapters/http/router.ts';
import { ROLES } from '../../../nodes/core/access/users.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { until } from '../../fixtures/until.ts';

let url: string;
let port: number;
const logged: string[] = [];
const bodies: unknown[] = [];
const gone: unknown[] = [];
const server = createServer();

before(async () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (line: string) => void logged.push(line) };
  const handler = createRouter(
    [
      { method: 'GET', path: '/things', role: 'viewer', handle: () => ({ status: 200, body: { things: [] } }) },
      { method: 'GET', path: '/things/{id}', role: 'viewer', handle: ({ params }) => ({ status: 200, body: params }) },
      {
        method: 'POST',
        path: '/things/{id}',
        role: 'operator',
        async handle({ request }) {
          const body = await readJsonBody(request).catch((error: unknown) => {
            gone.push(error);
            throw error;
          });
          bodies.push(body);
          return { status: 201, body: { body }, headers: { Location: '/things/1' } };
        },
      },
      { method: 'DELETE', path: '/things/{id}', role: 'admin', handle: () => ({ status: 204 }) },
      {
        method: 'GET',
        path: '/rest/{path...}',
        role: 'viewer',
        handle: ({ params }) => ({ status: 200, body: params }),
      },
      { method: 'GET', path: '/{name}.jpg', role: 'viewer', handle: ({ params }) => ({ status: 200, body: params }) },
      {
        method: 'GET',
        path: '/endless',
        role: 'viewer',
        isEndless: true,
        handle({ response }) {
          response.end();
          return undefined;
        },
      },
      {
        method: 'GET',
        path: '/broken',
        role: 'viewer',
        handle: () => {
          throw new TypeError('secret of /srv/data');
        },
      },
      {
        method: 'GET',
        path: '/busy',
        role: 'viewer',
        handle: () => Promise.reject(new ReelflowError('SOMETHING_NEW', 'come back', { isRetryable: true })),
      },
      {
        method: 'GET',
        path: '/half',
        role: 'viewer',
        handle({ response }) {
          response.writeHead(200, { 'Content-Length': 10 });
          response.write('half');
          throw new Error('disk failed');
        },
      },
    ],
    log,
  );
  server.on('request', (request: Incoming, response) => {
    const role = ROLES.find((one) => one === (request.headers['x-role'] ?? 'operator'));
    if (role) request.caller = { user: 'somebody', role, via: 'http' };
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  logged.length = 0;
  bodies.length = 0;
  gone.length = 0;
});

async function problem(path: string, init?: RequestInit): Promise<Problem> {
  const response = await fetch(`${url}${path}`, init);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const answer = (await response.json()) as Problem;
  assert.equal(answer.status, response.status);
  assert.equal(answer.type, 'about:blank');
  return answer;
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
});

test('finds routes and decodes their parameters', async () => {
  const get = async (path: string) => (await fetch(`${url}${path}`)).json();
  assert.deepEqual(await get('/things'), { things: [] });
  assert.deepEqual(await get('/things/'), { things: [] });
  assert.deepEqual(await get('/things/a%2Fb%20c'), { id: 'a/b c' });
  assert.deepEqual(await get('/rest/a/b%20c/d'), { path: 'a/b c/d' });
  assert.deepEqual(await get('/hall.1.jpg'), { name: 'hall.1' });
});

test('an unknown path is a 404 problem that names the path without its query', async () => {
  const { title, status, code, instance } = await problem('/nothing?token=x');
  assert.deepEqual(
    { title, status, code, instance },
    { title: 'Not Found', status: 404, code: 'ROUTE_UNKNOWN', instance: '/nothing' },
  );
});

test('a wrong method is a 405 that says what is allowed', async () => {
  const response = await fetch(`${url}/things/1`, { method: 'PUT' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'DELETE, GET, HEAD, POST');
  assert.equal(((await response.json()) as Problem).code, 'METHOD_NOT_ALLOWED');
  const head = await fetch(`${url}/endless`, { method: 'HEAD' });
  assert.equal(head.status, 405);
  assert.equal(head.headers.get('allow'), 'GET');
});

test('HEAD answers as GET without a body', async () => {
  const response = await fetch(`${url}/things`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '13');
  assert.equal(await response.text(), '');
});

test('nobody gets anything, not even which paths there are', async () => {
  for (const path of ['/things', '/nothing', '/%ff']) {
    assert.equal((await problem(path, { headers: { 'x-role': 'nobody' } })).code, 'UNAUTHENTICATED', path);
  }
});

test('roles: less is refused, more is enough', async () => {
  const ask = (role: string, method: string) => fetch(`${url}/things/1`, { method, headers: { 'x-role': role } });
  assert.equal((await ask('viewer', 'POST')).status, 403);
  assert.equal((await ask('operator', 'DELETE')).status, 403);
  assert.equal((await ask('admin', 'POST')).status, 201);
  assert.equal((await ask('admin', 'DELETE')).status, 204);
  assert.equal((await ask('admin', 'GET')).status, 200);
});

test('a broken percent-encoding is a 400', async () => {
  assert.equal((await problem('/things/%ff')).code, 'PATH_INVALID');
});

test('an address that is no path is a 400', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.end('GET http://[broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1.1 400 .*PATH_INVALID/s);
});

test('what breaks inside is a 500 without its words, which go to the log', async () => {
  const answer = await problem('/broken');
  assert.equal(answer.status, 500);
  assert.equal(answer.code, 'INTERNAL');
  assert.ok(!JSON.stringify(answer).includes('secret'));
  assert.match(logged.join('\n'), /GET \/broken failed: TypeError: secret of/);
});

test('a refusal that is not in the table is a 503 when it may pass', async () => {
  const response = await fetch(`${url}/busy`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '5');
});

test('an answer that breaks in the middle is broken off', async () => {
  await assert.rejects(fetch(`${url}/half`).then((response) => response.text()));
});

test('reads JSON bodies, and none as an empty one', async () => {
  const response = await fetch(
    `${url}/things/1`,
    post('{"a":"ü"}', { 'content-type': 'application/json; charset=UTF-8' }),
  );
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('location'), '/things/1');
  await fetch(`${url}/things/1`, { method: 'POST' });
  assert.deepEqual(bodies, [{ a: 'ü' }, {}]);
});

test('bodies that can not be read are refused', async () => {
  assert.equal((await problem('/things/1', post('{"a":'))).code, 'BODY_MALFORMED');
  assert.equal((await problem('/things/1', post(new Uint8Array([0x22, 0xff, 0x22])))).code, 'BODY_MALFORMED');
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'];
  for (const type of types) {
    const answer = await problem('/things/1', post('{}', { 'content-type': type }));
    assert.deepEqual([answer.status, answer.code], [415, 'CONTENT_TYPE_UNSUPPORTED'], type);
  }
  assert.equal((await problem('/things/1', post('{}', { 'content-encoding': 'gzip' }))).status, 415);
  assert.deepEqual(bodies, []);
});

test('a body is read up to 256 kB', async () => {
  const bodyOf = (size: number) => JSON.stringify('x'.repeat(size - 2));
  assert.equal((await fetch(`${url}/things/1`, post(bodyOf(256 * 1024)))).status, 201);
  assert.equal((await problem('/things/1', post(bodyOf(256 * 1024 + 1)))).code, 'BODY_TOO_LARGE');
  assert.equal((await problem('/things/1', post(bodyOf(2 * 1024 * 1024)))).status, 413);
});

test('a body without end is cut off', async () => {
  const sending = httpRequest(`${url}/things/1`, { method: 'POST', headers: { 'content-type': 'application/json' } });
  let sent = 0;
  let status: number | undefined;
  sending.on('response', (response) => {
    status = response.statusCode;
    response.resume();
  });
  sending.on('error', () => {});
  const pour = setInterval(() => {
    if (!sending.writableNeedDrain && !sending.destroyed) sent += sending.write('x'.repeat(64 * 1024)) ? 1 : 1;
  }, 1);
  try {
    await until(() => status === 413 || sending.destroyed, { what: 'an end of the request' });
    assert.ok(sent < 200, `took ${sent} times 64 kB`);
  } finally {
    clearInterval(pour);
    sending.destroy();
  }
});

test('a client that leaves in the middle of its body is no error of ours', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'POST /things/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
  );
  await once(socket, 'connect');
  setImmediate(() => socket.destroy());
  await until(() => gone.length > 0, { what: 'the request to end' });
  assert.equal((gone[0] as ReelflowError).code, 'CLIENT_GONE');
  assert.deepEqual(logged, []);
  assert.equal((await fetch(`${url}/things`)).status, 200);
});

test('pages of other origins may look, but not change anything', async () => {
  const change = async (headers: Record<string, string>) =>
    (await fetch(`${url}/things/1`, { method: 'POST', headers })).status;
  assert.equal(await change({ origin: 'http://evil.example' }), 403);
  assert.equal(await change({ origin: 'null' }), 403);
  assert.equal(await change({ origin: url }), 201);
  assert.equal(await change({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await change({ origin: 'http://evil.example', authorization: 'Bearer abc' }), 201);
  assert.equal((await fetch(`${url}/things`, { headers: { origin: 'http://evil.example' } })).status, 200);
});
