import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { DASHBOARD_FLOW, type RunningStation, startStation } from '../../fixtures/station-copy.ts';
import { until } from '../../fixtures/until.ts';

/** One login for editor, dashboard and API, against Node-RED and Dashboard 2 as they are. */

const PASSWORD = 'right-password';
const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const ADMIN = basic('admin', PASSWORD);

const PATHS = [
  '/',
  '/admin',
  '/admin/',
  '/ADMIN/flows',
  '/admin/flows',
  '/admin/flows/state',
  '/admin/flow/tab',
  '/admin/nodes',
  '/admin/settings',
  '/admin/settings/user',
  '/admin/auth/login',
  '/admin/auth/token',
  '/admin/auth/revoke',
  '/admin/icons',
  '/admin/icons/node-red/inject.svg',
  '/admin/red/red.min.js',
  '/admin/vendor/vendor.js',
  '/admin/locales/editor',
  '/admin/resources/@flowfuse/node-red-dashboard/ui-base.css',
  '/admin/theme',
  '/admin/library/local/flows/',
  '/admin/library/scenarios/flows/',
  '/admin/context/global',
  '/admin/plugins',
  '/admin/diagnostics',
  '/admin/comms',
  '/admin/credentials/x/y',
  '/admin/debug/view/view.html',
  '/admin/dashboard/api/v1/base/flows',
  '/admin/health',
  '/admin/login',
  '/dashboard',
  '/dashboard/',
  '/dashboard/page',
  '/dashboard/_setup',
  '/dashboard/manifest.webmanifest',
  '/dashboard/_debug/datastore/button',
  '/dashboard/socket.io/',
  '/dashboard/socket.io/?EIO=4&transport=polling',
  '/dashboard/socket.io/?EIO=4&transport=websocket',
  '/dashboard/socket.io/socket.io.js',
  '/socket.io/',
  '/made-by-user',
  '/api/v1/status',
  '/api/name',
  '/metrics',
  '/media/',
  '/preview/camera.jpg',
  '/live/x/index.m3u8',
  '/mqtt',
  '/health/x',
  '/favicon.ico',
  '/unknown',
  '/%2e%2e/%2e%2e/etc/passwd',
  '//',
  '//admin/flows',
  '/login/',
  '/loginx',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'];

const STRANGERS: Record<string, string>[] = [
  {},
  { accept: 'text/html' },
  { cookie: 'reelflow_x=1.2.3' },
  basic('admin', ''),
  { authorization: 'Bearer reelflow_x' },
];

let station: RunningStation;
let token: string;
before(async () => {
  station = await startStation({
    plugins: ['plugin-access', 'plugin-theme', 'plugin-library'],
    env: { REELFLOW_ADMIN_PASSWORD: PASSWORD },
    flow: DASHBOARD_FLOW,
    prepare: async ({ users, tokens }) => {
      await users.add('vera', 'viewer', 'vera-password');
      await users.add('otto', 'operator', 'otto-password');
      token = tokens.create('ci', 'admin').secret;
    },
  });
});
after(() => station?.stop());

const ask = (path: string, init: RequestInit = {}) => fetch(station.url + path, { redirect: 'manual', ...init });

async function logIn(user: string, password: string): Promise<string> {
  const body = new URLSearchParams({ user, password });
  const response = await ask('/login', { method: 'POST', headers: { origin: station.url }, body });
  assert.equal(response.status, 303);
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

test('no route answers a stranger, by any method', async () => {
  for (const path of PATHS) {
    for (const method of METHODS) {
      for (const headers of STRANGERS) {
        // From elsewhere, so that the wrong passwords do not lock out the tests that follow.
        const response = await ask(path, { method, headers: { ...headers, 'x-forwarded-for': '10.9.9.9' } });
        const text = await response.text();
        const what = `${method} ${path} ${JSON.stringify(headers)}: ${response.status}`;
        assert.ok([401, 302, 429].includes(response.status), what);
        if (response.status === 302) assert.match(response.headers.get('location') ?? '', /^\/login\?next=/, what);
        else assert.match(method === 'HEAD' ? 'LOGIN_' : text, /LOGIN_/, what);
      }
    }
  }
});

test('no socket opens for a stranger', async () => {
  for (const path of ['/admin/comms', '/dashboard/socket.io/?EIO=4&transport=websocket', '/unknown']) {
    for (const headers of STRANGERS) {
      assert.equal(await openSocket(path, { ...headers, 'x-forwarded-for': '10.9.9.9' }), 401, path);
    }
  }
});

test('a viewer and an operator see the dashboard and its widgets, and nothing of the editor', async () => {
  const people = [basic('vera', 'vera-password'), basic('otto', 'otto-password')];
  const cookie = await logIn('vera', 'vera-password');
  for (const headers of [...people, { cookie }]) {
    assert.equal((await ask('/dashboard/page', { headers })).status, 200);
    assert.equal((await ask('/dashboard/socket.io/?EIO=4&transport=polling', { headers })).status, 200);
    assert.equal((await ask('/admin/resources/nothing/there.js', { headers })).status, 404);
    assert.equal((await ask('/admin/resources/nothing/there.js', { method: 'POST', headers })).status, 403);
    for (const path of PATHS.filter((one) => /^\/admin/i.test(one) && !one.startsWith('/admin/resources'))) {
      const response = await ask(path, { headers });
      assert.equal(response.status, 403, path);
      assert.equal(((await response.json()) as { code: string }).code, 'ADMIN_REQUIRED', path);
    }
    assert.equal(await openSocket('/admin/comms', { ...headers, origin: station.url }), 401);
  }
  const page = await ask('/admin/', { headers: { cookie, accept: 'text/html' } });
  assert.equal(page.status, 403);
  assert.match(await page.text(), /logged in as <b>vera<\/b>\s+with the role <b>viewer<\/b>/);
});

test('an administrator uses the admin interface by password, by token and by cookie', async () => {
  const cookie = await logIn('admin', PASSWORD);
  for (const headers of [ADMIN, { cookie }, { authorization: `Bearer ${token}` }]) {
    for (const path of [
      '/admin/',
      '/admin/flows',
      '/admin/settings',
      '/admin/nodes',
      '/admin/library/scenarios/flows/',
    ]) {
      assert.equal((await ask(path, { headers })).status, 200, path);
    }
  }
  const flows = (await (
    await ask('/admin/flows', { headers: { ...ADMIN, 'Node-RED-API-Version': 'v2' } })
  ).json()) as object;
  const deploy = async (headers: Record<string, string>) => {
    const response = await ask('/admin/flows', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'Node-RED-API-Version': 'v2' },
      body: JSON.stringify({ flows: (flows as { flows: unknown }).flows }),
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await deploy({ cookie }), 403);
  assert.equal(await deploy({ cookie, origin: station.url }), 200);
  assert.equal(await deploy(ADMIN), 200);
  await until(async () => (await ask('/made-by-user', { method: 'POST', headers: ADMIN })).status === 200, {
    what: 'a route of the flow that was deployed',
  });
});

test("Node-RED's own password door stays closed, also for the right password", async () => {
  const body = new URLSearchParams({
    client_id: 'node-red-editor',
    grant_type: 'password',
    scope: '',
    username: 'admin',
    password: PASSWORD,
  });
  assert.equal((await ask('/admin/auth/token', { method: 'POST', body })).status, 401);
});

test("the editor's socket and the dashboard's open with the login", async () => {
  const cookie = await logIn('admin', PASSWORD);
  const own = { cookie, origin: station.url };
  assert.equal(await openSocket('/admin/comms', own), 'open');
  assert.equal(await openSocket('/admin/comms', ADMIN), 'open');
  assert.equal(await openSocket('/admin/comms', { cookie, origin: 'http://evil.example' }), 401);
  assert.equal(await openSocket('/admin/comms', { cookie }), 401);
  const dashboard = '/dashboard/socket.io/?EIO=4&transport=websocket';
  assert.equal(await openSocket(dashboard, own), 'open');
  assert.equal(await openSocket(dashboard, ADMIN), 'open');
  assert.equal(await openSocket(dashboard, { cookie, origin: 'http://evil.example' }), 401);
});

test('a button on the dashboard works for an operator, carries the name, and is dead for a viewer', async () => {
  const press = async (headers: Record<string, string>): Promise<WebSocket> => {
    const socket = new WebSocket(
      `${station.url.replace('http', 'ws')}/dashboard/socket.io/?EIO=4&transport=websocket`,
      { headers },
    );
    const lines: string[] = [];
    socket.on('message', (data: Buffer) => lines.push(data.toString()));
    await once(socket, 'open');
    socket.send('40');
    await until(() => lines.some((line) => line.includes('ui-config')), { what: 'the configuration of the dashboard' });
    const forged = { payload: '', _client: { user: { userId: 'forged', role: 'admin' } } };
    socket.send(`42${JSON.stringify(['widget-action', 'button', forged])}`);
    return socket;
  };
  const viewer = await press(basic('vera', 'vera-password'));
  const operator = await press(basic('otto', 'otto-password'));
  await until(() => station.output().includes("userId: 'otto'"), { what: 'the press of the operator' });
  assert.doesNotMatch(station.output(), /userId: '(vera|forged)'/);
  viewer.terminate();
  operator.terminate();
});

test('logging out closes the dashboard that is open', async () => {
  const cookie = await logIn('otto', 'otto-password');
  const socket = new WebSocket(`${station.url.replace('http', 'ws')}/dashboard/socket.io/?EIO=4&transport=websocket`, {
    headers: { cookie, origin: station.url },
  });
  const closed = once(socket, 'close');
  await once(socket, 'open');
  socket.send('40');
  await once(socket, 'message');
  await ask('/logout', { method: 'POST', headers: { cookie, origin: station.url } });
  socket.send(`42${JSON.stringify(['widget-load', 'button'])}`);
  await closed;
});

test('in a browser: from the editor to the login, into the editor under its own name, to the dashboard, and out', async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${station.url}/admin/`);
    assert.equal(new URL(page.url()).pathname, '/login');
    await page.fill('#user', 'admin');
    await page.fill('#password', 'wrong-password');
    await page.click('button');
    await page.getByRole('alert').waitFor();
    await page.fill('#password', PASSWORD);
    await page.click('button');
    await page.waitForSelector('.red-ui-palette-node[data-palette-type="inject"]');
    assert.equal(new URL(page.url()).pathname, '/admin/');
    assert.equal(await page.title(), 'Reelflow : Test');
    assert.equal((await page.textContent('.red-ui-header-logo'))?.trim(), 'Reelflow');
    const logo = await page.getAttribute('.red-ui-header-logo img', 'src');
    const icon = await page.getAttribute('link[rel=icon]', 'href');
    for (const image of [logo, icon]) {
      const status = await page.evaluate(
        async (path) => (await fetch(path ?? 'missing')).headers.get('content-type'),
        image,
      );
      assert.equal(status, 'image/svg+xml', String(image));
    }
    // The editor's socket is what shows status and debug: a lost one puts up a notice.
    assert.equal(await page.locator('.red-ui-notification').count(), 0);

    // Ended elsewhere: the page says so and keeps what is in it.
    const [session] = await page.context().cookies();
    await page.context().clearCookies();
    await page.evaluate("$.ajax('settings')").catch(() => {});
    await page.getByText('Your login has ended').waitFor();
    assert.ok(session);
    await page.context().addCookies([session]);

    await page.goto(`${station.url}/dashboard/page`);
    await page.getByRole('button', { name: 'Press' }).click();
    await until(() => /payload: 'pressed'[\s\S]*userId: 'admin'/.test(station.output()), { what: 'the press' });

    await page.goto(`${station.url}/admin/`);
    await page.waitForSelector('#red-ui-header-button-user');
    await page.evaluate('RED.user.logout()');
    await page.waitForURL('**/login');
    // The dashboard's service worker may still answer with its empty page; that one finds out and goes to the login.
    await page.goto(`${station.url}/dashboard/page`);
    await page.waitForURL('**/login?next=**');
  } finally {
    await browser.close();
  }
});

/** `open`, or the status the upgrade was refused with. */
async function openSocket(path: string, headers: Record<string, string>): Promise<number | 'open'> {
  const socket = new WebSocket(station.url.replace('http', 'ws') + path, { headers });
  const { promise, resolve } = Promise.withResolvers<number | 'open'>();
  socket.on('open', () => resolve('open'));
  socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
  socket.on('error', () => {});
  const answer = await promise;
  socket.terminate();
  return answer;
}
