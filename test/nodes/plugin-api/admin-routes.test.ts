import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { StationAccess } from '../../../nodes/adapters/access/station-access.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

let server: TestServer;
let client: Client;
let access: StationAccess;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-access-'));
  access = new StationAccess({ folder, adminPassword: 'the password of the test' });
  server = await startServer({ access });
  client = new Client(server);
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const asAdmin = (body?: unknown) => ({ role: 'admin', body }) as const;

test('only administrators administer', async () => {
  for (const [operation, path] of [
    ['GET /api/v1/audit'],
    ['GET /api/v1/users'],
    ['POST /api/v1/users'],
    ['PATCH /api/v1/users/{name}', '/api/v1/users/admin'],
    ['DELETE /api/v1/users/{name}', '/api/v1/users/admin'],
    ['GET /api/v1/tokens'],
    ['POST /api/v1/tokens'],
    ['DELETE /api/v1/tokens/{id}', '/api/v1/tokens/x'],
  ] as const) {
    await client.refused(403, 'FORBIDDEN', operation, path, { role: 'operator' });
    await client.refused(401, 'UNAUTHENTICATED', operation, path, { role: 'nobody' });
  }
});

test('a user is added, may log in, is changed, and goes', async () => {
  const user = { name: 'porter', role: 'operator', password: 'open sesame 1' };
  const added = await client.ask('POST /api/v1/users', undefined, asAdmin(user));
  assert.deepEqual([added.status, added.headers.get('location')], [201, '/api/v1/users/porter']);
  assert.deepEqual(await access.checkPassword('porter', 'open sesame 1', 'test'), { user: 'porter', role: 'operator' });
  await client.refused(409, 'USER_EXISTS', 'POST /api/v1/users', undefined, asAdmin(user));

  const change = { role: 'viewer', password: 'another one 2' };
  const changed = await client.ask('PATCH /api/v1/users/{name}', '/api/v1/users/porter', asAdmin(change));
  assert.equal(changed.body.role, 'viewer');
  assert.equal((await access.checkPassword('porter', 'another one 2', 'test'))?.role, 'viewer');

  const { body } = await client.ask('GET /api/v1/users', undefined, asAdmin());
  assert.deepEqual(body.users.map((one: { name: string }) => one.name).sort(), ['admin', 'porter']);
  assert.ok(!JSON.stringify(body).includes('$2'), 'no hashes');

  assert.equal((await client.ask('DELETE /api/v1/users/{name}', '/api/v1/users/porter', asAdmin())).status, 204);
  assert.equal(await access.checkPassword('porter', 'another one 2', 'test'), undefined);
  await client.refused(404, 'USER_UNKNOWN', 'DELETE /api/v1/users/{name}', '/api/v1/users/porter', asAdmin());
});

test('what is not allowed for a user is refused', async () => {
  const add = (status: number, code: string, body: unknown) =>
    client.refused(status, code, 'POST /api/v1/users', undefined, asAdmin(body));
  assert.equal((await add(422, 'VALIDATION', { name: 'x', password: 'long enough 1' })).body.field, 'role');
  await add(422, 'USER_NAME_INVALID', { name: 'a:b', role: 'viewer', password: 'long enough 1' });
  await add(422, 'PASSWORD_INVALID', { name: 'x', role: 'viewer', password: 'short' });
  const patch = 'PATCH /api/v1/users/{name}';
  await client.refused(422, 'VALIDATION', patch, '/api/v1/users/admin', asAdmin({}));
  await client.refused(409, 'LAST_ADMIN', patch, '/api/v1/users/admin', asAdmin({ role: 'viewer' }));
  await client.refused(409, 'PASSWORD_FIXED', patch, '/api/v1/users/admin', asAdmin({ password: 'something else' }));
  await client.refused(409, 'LAST_ADMIN', 'DELETE /api/v1/users/{name}', '/api/v1/users/admin', asAdmin());
});

test('a token is shown once, opens, and is revoked', async () => {
  const made = await client.ask('POST /api/v1/tokens', undefined, asAdmin({ name: 'room panel', role: 'operator' }));
  const { secret, id } = made.body;
  assert.equal(access.checkToken(secret)?.role, 'operator');
  const list = await client.ask('GET /api/v1/tokens', undefined, asAdmin());
  assert.equal(list.body.tokens.length, 1);
  assert.ok(!JSON.stringify(list.body).includes(secret));
  assert.equal((await client.ask('DELETE /api/v1/tokens/{id}', `/api/v1/tokens/${id}`, asAdmin())).status, 204);
  assert.equal(access.checkToken(secret), undefined);
  await client.refused(404, 'TOKEN_UNKNOWN', 'DELETE /api/v1/tokens/{id}', `/api/v1/tokens/${id}`, asAdmin());
});

test('all of it is in the audit log, without passwords', async () => {
  const { body } = await client.ask('GET /api/v1/audit', '/api/v1/audit?limit=500', asAdmin());
  const actions = body.entries.map((entry: { action: string; isOk: boolean }) => `${entry.action} ${entry.isOk}`);
  for (const action of [
    'user/add true',
    'user/add false',
    'user/remove true',
    'token/create true',
    'token/revoke true',
  ]) {
    assert.ok(actions.includes(action), action);
  }
  assert.equal(body.entries[0].user, 'the-admin');
  assert.ok(!/sesame|another one|long enough/.test(JSON.stringify(body)));
  const one = await client.ask('GET /api/v1/audit', '/api/v1/audit?limit=1', asAdmin());
  assert.equal(one.body.entries.length, 1);
});

test('where Reelflow does not manage users, it says so', async () => {
  const bare = await startServer();
  delete bare.station.audit;
  await new Client(bare).refused(503, 'ACCESS_MISSING', 'GET /api/v1/users', undefined, asAdmin());
  await new Client(bare).refused(503, 'AUDIT_MISSING', 'GET /api/v1/audit', undefined, asAdmin());
  await bare.close();
});
