import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeGuards } from '../../../dashboard/auth/guards.ts';
import { StationAccess } from '../../../nodes/adapters/access/station-access.ts';
import type { Caller } from '../../../nodes/core/bus/command.ts';

const PASSWORD = 'right-password';
const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const ADMIN = basic('admin', PASSWORD);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A bare HTTP server behind the guard; its only handler answers with the caller. */
async function guarded(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'reelflow-door-'));
  const access = new StationAccess({ folder, adminPassword: PASSWORD });
  const server = createServer((request: IncomingMessage & { caller?: Caller }, response) => {
    request.resume();
    response.end(JSON.stringify(request.caller ?? null));
  });
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  makeGuards(access).server.protect(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask = (path: string, init: RequestInit = {}) => fetch(url + path, { redirect: 'manual', ...init });
  const logIn = async (user = 'admin', password = PASSWORD): Promise<string> => {
    const body = new URLSearchParams({ user, password }).toString();
    const response = await ask('/login', { method: 'POST', headers: { ...FORM, origin: url }, body });
    assert.equal(response.status, 303);
    return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  };
  return { access, ask, logIn, url, port };
}

test('strangers: a page visit goes to the login and back, all else gets a problem', async (t) => {
  const { ask } = await guarded(t);
  const visit = await ask('/dashboard/page?a=1&b=2', { headers: { accept: 'text/html,*/*' } });
  assert.equal(visit.status, 302);
  assert.equal(visit.headers.get('location'), '/login?next=%2Fdashboard%2Fpage%3Fa%3D1%26b%3D2');
  const program = await ask('/api/v1/status');
  assert.equal(program.status, 401);
  assert.equal(program.headers.get('content-type'), 'application/problem+json');
  assert.match(program.headers.get('www-authenticate') ?? '', /^Basic realm="Reelflow"/);
  const problem = (await program.json()) as Record<string, unknown>;
  assert.deepEqual([problem['code'], problem['status'], problem['type']], ['LOGIN_REQUIRED', 401, 'about:blank']);
  const fromPages: Record<string, string>[] = [
    { 'sec-fetch-site': 'same-origin' },
    { 'x-requested-with': 'fetch' },
    { 'user-agent': 'Mozilla/5.0' },
  ];
  for (const headers of fromPages) {
    const challenge = (await ask('/preview/a.jpg', { headers })).headers.get('www-authenticate');
    assert.equal(challenge, 'Bearer realm="Reelflow"', JSON.stringify(headers));
  }
});

test('who has a link is let in to what is below /shared, to look, and by no other spelling', async (t) => {
  const { ask, port } = await guarded(t);
  const guest = { user: 'shared link', role: 'viewer', via: 'http' };
  for (const path of [
    '/shared/s1.a.b/index.m3u8',
    '/shared/s1.a.b/objects/2026-11-21/2026-11-21T10:00:00Z.mp4?v=1',
    '/shared/s1.a.b/encrypted/2026-11-21/2026-11-21T10:00:00Z--2026-11-21T10:05:00Z.mp4/0-800.mp4?v=1',
    '/shared/s1.a.b/keys/2026-11-21T10:00:00Z.key',
  ]) {
    assert.deepEqual(await (await ask(path)).json(), guest, path);
  }
  assert.equal((await ask('/shared/s1.a.b/index.m3u8', { method: 'POST' })).status, 401);
  assert.equal((await ask('/archive/news/keys/2026-11-21T10:00:00Z.key')).status, 401);
  for (const path of [
    ...['/shared', '/shared/', '/shared/s1.a.b', '/sharedx/s1.a.b/index.m3u8', '/x/shared/a/b', '//shared/a/b'],
    ...['/shared/a/../../api/v1/status', '/shared/a/%2e%2e/%2e%2e/api/v1/status', '/shared/a/..%2fapi', '/SHARED/a/b'],
    ...['/shared/../api/v1/status', '/shared/a/\\..\\api', '/shared/a/b;x'],
  ]) {
    // By hand: fetch would resolve the dots itself.
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [head] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
    assert.match(head, /^HTTP\/1\.1 401 /, path);
    socket.destroy();
  }
});

test('only /health and the login open by themselves, by those exact names and methods', async (t) => {
  const { ask } = await guarded(t);
  assert.equal((await ask('/health')).status, 200);
  assert.equal((await ask('/health?x', { method: 'HEAD' })).status, 200);
  assert.equal((await ask('/login')).status, 200);
  assert.equal((await ask('/login', { method: 'HEAD' })).status, 200);
  const closed: [string, string][] = [
    ['POST', '/health'],
    ['GET', '/health/'],
    ['GET', '/Health'],
    ['GET', '//health'],
    ['GET', '/health/../admin'],
    ['GET', '/%68ealth'],
    ['OPTIONS', '/health'],
    ['OPTIONS', '*'],
    ['PUT', '/login'],
    ['DELETE', '/logout'],
    ['GET', '/login/'],
    ['GET', '/login/../x'],
    ['PATCH', '/'],
    ['GET', '/favicon.ico'],
  ];
  for (const [method, path] of closed) {
    const response = await ask(path.startsWith('/') ? path : `/${path}`, { method });
    // fetch resolves dots itself: what arrives is closed in any case.
    assert.equal(response.status, 401, `${method} ${path}`);
  }
});

test('raw request targets do not slip past', async (t) => {
  const { port } = await guarded(t);
  for (const target of [
    '*',
    'http://elsewhere/health',
    '/health/../x',
    '/x?/health',
    '//',
    '/\\health',
    'health',
    '/;/health',
  ]) {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, /^HTTP\/1\.1 40[01] /, `${target}: ${answer.slice(0, 60)}`);
  }
});

test('Basic, bearer and cookie each name their caller', async (t) => {
  const { access, ask, logIn } = await guarded(t);
  const caller = async (headers: Record<string, string>) => (await ask('/x', { headers })).json();
  await access.users.add('vera', 'viewer', 'vera-password');
  assert.deepEqual(await caller(ADMIN), { user: 'admin', role: 'admin', via: 'http' });
  assert.deepEqual(await caller(basic('vera', 'vera-password')), { user: 'vera', role: 'viewer', via: 'http' });
  const { secret } = access.tokens.create('robot', 'operator');
  assert.deepEqual(await caller({ authorization: `Bearer ${secret}` }), {
    user: 'token:robot',
    role: 'operator',
    via: 'http',
  });
  const cookie = await logIn('vera', 'vera-password');
  assert.deepEqual(await caller({ cookie }), { user: 'vera', role: 'viewer', via: 'dashboard' });
  assert.deepEqual(await caller({ cookie, ...ADMIN }), { user: 'admin', role: 'admin', via: 'http' });
  assert.deepEqual(await caller({ cookie, authorization: 'Bearer left-over' }), {
    user: 'vera',
    role: 'viewer',
    via: 'dashboard',
  });
  const wrong = await ask('/x', { headers: { authorization: 'Bearer left-over', accept: 'text/html' } });
  assert.equal(((await wrong.json()) as { code: string }).code, 'LOGIN_WRONG');
});

test('the root leads to the dashboard', async (t) => {
  const { ask } = await guarded(t);
  const response = await ask('/', { headers: ADMIN });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get('location'), '/dashboard');
});

test('a cookie changes things only from our own pages; a password needs no page', async (t) => {
  const { ask, logIn, url } = await guarded(t);
  const cookie = await logIn();
  const post = async (headers: Record<string, string>) => (await ask('/x', { method: 'POST', headers })).status;
  assert.equal(await post({ cookie }), 403);
  assert.equal(await post({ cookie, origin: 'http://evil.example' }), 403);
  assert.equal(await post({ cookie, origin: url.replace(/\d+$/, '1') }), 403);
  assert.equal(await post({ cookie, origin: 'null' }), 403);
  assert.equal(await post({ cookie, 'sec-fetch-site': 'same-site' }), 403);
  assert.equal(await post({ cookie, origin: url }), 200);
  assert.equal(await post({ cookie, 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await post(ADMIN), 200);
});

test('the cookie is HttpOnly, Strict, and Secure where the browser came by https', async (t) => {
  const { ask, url } = await guarded(t);
  const body = new URLSearchParams({ user: 'admin', password: PASSWORD, next: '/admin/' }).toString();
  const set = async (headers: Record<string, string>) => {
    const response = await ask('/login', { method: 'POST', headers: { ...FORM, ...headers }, body });
    assert.equal(response.headers.get('location'), '/admin/');
    return response.headers.get('set-cookie') ?? '';
  };
  const plain = await set({ origin: url });
  assert.match(plain, /; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
  assert.match(await set({ origin: url.replace('http:', 'https:'), 'x-forwarded-proto': 'https' }), /; Secure$/);
});

test('after the login it goes on to local pages only', async (t) => {
  const { ask } = await guarded(t);
  const goesTo = async (next: string) => {
    const body = new URLSearchParams({ user: 'admin', password: PASSWORD, next }).toString();
    return (await ask('/login', { method: 'POST', headers: FORM, body })).headers.get('location');
  };
  assert.equal(await goesTo('/dashboard/page?x=1'), '/dashboard/page?x=1');
  for (const elsewhere of [
    'http://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/a\r\nSet-Cookie: x=y',
    'javascript:alert(1)',
    '/.//evil.example',
    '/x\\y',
    '',
    '/logout',
    `/${'x'.repeat(2000)}`,
  ]) {
    assert.equal(await goesTo(elsewhere), '/dashboard', elsewhere.slice(0, 40));
  }
});

test('the login page escapes what it shows', async (t) => {
  const { ask } = await guarded(t);
  const evil = '/"><script>alert(1)</script>';
  const page = await (await ask(`/login?next=${encodeURIComponent(evil)}`)).text();
  assert.doesNotMatch(page, /<script/);
  const body = new URLSearchParams({ user: '"><script>', password: 'x' }).toString();
  const wrong = await ask('/login', { method: 'POST', headers: FORM, body });
  assert.equal(wrong.status, 401);
  const text = await wrong.text();
  assert.doesNotMatch(text, /<script/);
  assert.match(text, /do not belong together/);
  assert.match(wrong.headers.get('content-security-policy') ?? '', /default-src 'none'/);
});

test('nobody can be logged in or out from another site', async (t) => {
  const { access, ask, logIn } = await guarded(t);
  const cookie = await logIn();
  const body = new URLSearchParams({ user: 'admin', password: PASSWORD }).toString();
  const foreign = { origin: 'http://evil.example' };
  assert.equal((await ask('/login', { method: 'POST', headers: { ...FORM, ...foreign }, body })).status, 403);
  assert.equal((await ask('/logout', { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status, 403);
  assert.ok(access.checkSession(cookie));
  const page = await ask('/login', { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.equal(page.status, 200);
});

test('logout ends the session on the server and takes the cookie back', async (t) => {
  const { ask, logIn, url } = await guarded(t);
  const cookie = await logIn();
  assert.equal((await ask('/x', { headers: { cookie } })).status, 200);
  const out = await ask('/logout', { method: 'POST', headers: { cookie, origin: url } });
  assert.equal(out.status, 303);
  assert.equal(out.headers.get('location'), '/login');
  assert.match(out.headers.get('set-cookie') ?? '', /=; Path=\/; Max-Age=0/);
  assert.equal((await ask('/x', { headers: { cookie } })).status, 401);
});

test('too many wrong logins: 429 with Retry-After and words, for this address alone', async (t) => {
  const { ask } = await guarded(t);
  const attempt = (password: string, address: string) =>
    ask('/login', {
      method: 'POST',
      headers: { ...FORM, 'x-forwarded-for': address },
      body: new URLSearchParams({ user: 'admin', password }).toString(),
    });
  for (let i = 0; i < 5; i += 1) assert.equal((await attempt(`wrong-${i}`, '10.0.0.1')).status, 401);
  const locked = await attempt(PASSWORD, '10.0.0.1');
  assert.equal(locked.status, 429);
  assert.ok(Number(locked.headers.get('retry-after')) > 20);
  assert.match(await locked.text(), /Too many wrong logins from here. Please wait \d+ seconds/);
  const api = await ask('/x', { headers: { ...ADMIN, 'x-forwarded-for': '10.0.0.1' } });
  assert.equal(api.status, 429);
  assert.ok(Number(api.headers.get('retry-after')) > 20);
  assert.equal(((await api.json()) as { code: string }).code, 'LOGIN_LOCKED');
  assert.equal((await attempt(PASSWORD, '10.0.0.2')).status, 303);
});

test('bodies are bounded', async (t) => {
  const { ask, port } = await guarded(t);
  const big = await ask('/login', { method: 'POST', headers: FORM, body: 'x'.repeat(20_000) });
  assert.equal(big.status, 413);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${ADMIN.authorization}\r\nContent-Length: 99999999\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

test('a stranger cannot keep a connection busy with a body nobody reads', async (t) => {
  const { port } = await guarded(t);
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 401 /);
  assert.match(answer, /connection: close/i);
});

test('a WebSocket to any path is refused without a login, and a socket that breaks meanwhile ends nothing', async (t) => {
  const { access, ask, logIn, port, url } = await guarded(t);
  const upgrade = async (path: string, headers = '') => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer.slice(0, 12);
  };
  assert.equal(await upgrade('/anything'), 'HTTP/1.1 401');
  assert.equal(await upgrade('/admin/comms'), 'HTTP/1.1 401');
  const cookie = await logIn();
  assert.equal(await upgrade('/anything', `Cookie: ${cookie}\r\nOrigin: http://evil.example\r\n`), 'HTTP/1.1 401');
  assert.equal(await upgrade('/anything', `Cookie: ${cookie}\r\n`), 'HTTP/1.1 401');
  await access.users.add('vera', 'viewer', 'vera-password');
  const vera = await logIn('vera', 'vera-password');
  assert.equal(await upgrade('/anything', `Cookie: ${vera}\r\nOrigin: ${url}\r\n`), 'HTTP/1.1 101');
  assert.equal(await upgrade('/admin/comms', `Cookie: ${cookie}\r\nOrigin: ${url}\r\n`), 'HTTP/1.1 101');
  assert.equal(await upgrade('/mqtt'), 'HTTP/1.1 101');
  assert.equal(await upgrade('/admin/comms', `Cookie: ${vera}\r\nOrigin: ${url}\r\n`), 'HTTP/1.1 401');
  for (let i = 0; i < 20; i += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('admin', `wrong${i}`).authorization}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      () => socket.resetAndDestroy(),
    );
  }
  assert.equal((await ask('/health')).status, 200);
});
