import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StationAccess } from '../../../nodes/adapters/access/station-access.ts';
import type { AuditEntry } from '../../../nodes/core/access/audit.ts';

const HERE = '192.168.1.5';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'reelflow-access-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const hasCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;
const cookieOf = (cookie: { name: string; value: string }): string => `theme=dark; ${cookie.name}=${cookie.value}`;

test('the first start makes a password that opens, and the next start keeps it', async (t) => {
  const at = folder(t);
  const first = new StationAccess({ folder: at });
  const password = first.madePassword ?? '';
  assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  assert.deepEqual(await first.checkPassword('admin', password, HERE), { user: 'admin', role: 'admin' });
  assert.equal(await first.checkPassword('admin', `${password}x`, HERE), undefined);
  assert.equal(await first.checkPassword('Admin', password, HERE), undefined);

  const second = new StationAccess({ folder: at });
  assert.equal(second.madePassword, undefined);
  assert.deepEqual(await second.checkPassword('admin', password, HERE), { user: 'admin', role: 'admin' });

  for (const name of readdirSync(at)) {
    assert.equal(statSync(join(at, name)).mode & 0o777, 0o600, name);
    assert.ok(!readFileSync(join(at, name), 'utf8').includes(password), name);
  }
});

test('two first starts make two passwords', (t) => {
  assert.notEqual(
    new StationAccess({ folder: folder(t) }).madePassword,
    new StationAccess({ folder: folder(t) }).madePassword,
  );
});

test('a password from the environment is the password; a changed one ends the sessions', async (t) => {
  const at = folder(t);
  const first = new StationAccess({ folder: at, adminPassword: 'the first one' });
  assert.equal(first.madePassword, undefined);
  assert.ok(await first.checkPassword('admin', 'the first one', HERE));
  const session = cookieOf(first.openSession({ user: 'admin', role: 'admin' }));
  await assert.rejects(first.users.setPassword('admin', 'something else'), hasCode('PASSWORD_FIXED'));
  assert.equal(first.users.list()[0]?.isPasswordFixed, true);

  const same = new StationAccess({ folder: at, adminPassword: 'the first one' });
  assert.equal(same.checkSession(session), undefined, 'not before it is known whether the password has changed');
  await same.settled;
  assert.deepEqual(same.checkSession(session), { user: 'admin', role: 'admin' });

  const changed = new StationAccess({ folder: at, adminPassword: 'the second one' });
  await changed.settled;
  assert.equal(changed.checkSession(session), undefined);
  assert.equal(await changed.checkPassword('admin', 'the first one', HERE), undefined);
  assert.ok(await changed.checkPassword('admin', 'the second one', HERE));

  const unset = new StationAccess({ folder: at });
  assert.equal(unset.madePassword, undefined);
  assert.ok(await unset.checkPassword('admin', 'the second one', HERE));
});

test('users: added, limited to their role, changed, removed', async (t) => {
  const at = folder(t);
  const access = new StationAccess({ folder: at });
  await access.users.add('vera', 'viewer', 'vera-password');
  await assert.rejects(access.users.add('VERA', 'viewer', 'vera-password'), hasCode('USER_EXISTS'));
  await assert.rejects(access.users.add('a:b', 'viewer', 'vera-password'), hasCode('USER_NAME_INVALID'));
  await assert.rejects(access.users.add('otto', 'viewer', 'short'), hasCode('PASSWORD_INVALID'));
  await assert.rejects(access.users.add('otto', 'boss' as 'admin', 'otto-password'), hasCode('ROLE_INVALID'));
  const twice = await Promise.allSettled([
    access.users.add('otto', 'operator', 'otto-password'),
    access.users.add('otto', 'operator', 'otto-password'),
  ]);
  assert.deepEqual(twice.map((one) => one.status).sort(), ['fulfilled', 'rejected']);

  const again = new StationAccess({ folder: at });
  assert.deepEqual(await again.checkPassword('vera', 'vera-password', HERE), { user: 'vera', role: 'viewer' });
  const session = cookieOf(again.openSession({ user: 'vera', role: 'viewer' }));
  again.users.setRole('vera', 'operator');
  assert.deepEqual(again.checkSession(session), { user: 'vera', role: 'operator' });
  await again.users.setPassword('vera', 'vera-password-2');
  assert.equal(again.checkSession(session), undefined);
  assert.equal(await again.checkPassword('vera', 'vera-password', HERE), undefined);
  assert.ok(await again.checkPassword('vera', 'vera-password-2', HERE));
  const later = cookieOf(again.openSession({ user: 'vera', role: 'operator' }));
  again.users.remove('vera');
  assert.equal(again.checkSession(later), undefined);
  assert.equal(await again.checkPassword('vera', 'vera-password-2', HERE), undefined);
  assert.throws(() => again.users.remove('vera'), hasCode('USER_UNKNOWN'));
  assert.throws(() => again.users.remove('admin'), hasCode('LAST_ADMIN'));
  assert.throws(() => again.users.setRole('admin', 'viewer'), hasCode('LAST_ADMIN'));
});

test('tokens: shown once, kept as a hash, worth nothing once revoked', (t) => {
  const at = folder(t);
  const access = new StationAccess({ folder: at });
  const { token, secret } = access.tokens.create('Prometheus', 'viewer');
  assert.deepEqual(access.checkToken(secret), { user: 'token:Prometheus', role: 'viewer' });
  assert.equal(access.checkToken(`${secret}x`), undefined);
  assert.equal(access.checkToken(''), undefined);
  assert.ok(!readFileSync(join(at, 'users.json'), 'utf8').includes(secret));
  assert.deepEqual(new StationAccess({ folder: at }).checkToken(secret), { user: 'token:Prometheus', role: 'viewer' });
  assert.deepEqual(access.tokens.list(), [token]);
  access.tokens.revoke(token.id);
  assert.equal(access.checkToken(secret), undefined);
  assert.throws(() => access.tokens.revoke(token.id), hasCode('TOKEN_UNKNOWN'));
  assert.throws(() => access.tokens.create('', 'viewer'), hasCode('TOKEN_NAME_INVALID'));
});

test('sessions: outlast a restart, end by logout for good, cannot be forged', async (t) => {
  const at = folder(t);
  const access = new StationAccess({ folder: at });
  await access.settled;
  const cookie = access.openSession({ user: 'admin', role: 'admin' });
  const header = cookieOf(cookie);
  assert.equal(cookie.maxAgeSeconds, 7 * 24 * 3600);
  assert.deepEqual(new StationAccess({ folder: at }).checkSession(header), { user: 'admin', role: 'admin' });
  assert.equal(access.renewSession(header), undefined);

  const payload = header.slice(0, header.lastIndexOf('.'));
  const signature = header.slice(header.lastIndexOf('.') + 1);
  assert.equal(access.checkSession(`${payload}0.${signature}`), undefined);
  assert.equal(access.checkSession(`${payload}.`), undefined);
  assert.equal(access.checkSession(`${cookie.name}=`), undefined);
  assert.equal(access.checkSession(`${cookie.name}=${'a.'.repeat(5000)}`), undefined);
  assert.equal(access.checkSession(undefined), undefined);
  assert.equal(new StationAccess({ folder: folder(t) }).checkSession(header), undefined);

  access.closeSession(header);
  assert.equal(access.checkSession(header), undefined);
  assert.equal(new StationAccess({ folder: at }).checkSession(header), undefined);
});

test('five wrong guesses lock the address out, and not another one', async (t) => {
  const access = new StationAccess({ folder: folder(t), adminPassword: 'right-password' });
  const told: AuditEntry[] = [];
  access.watch((entry) => told.push(entry));
  for (let i = 0; i < 5; i += 1) assert.equal(await access.checkPassword('admin', `wrong-${i}`, HERE), undefined);
  assert.ok(access.lockedForMs('admin', HERE) > 0);
  assert.equal(await access.checkPassword('admin', 'right-password', HERE), undefined);
  assert.ok(await access.checkPassword('admin', 'right-password', '192.168.1.6'));
  assert.deepEqual(
    told.map(({ user, action, isOk }) => [user, action, isOk]),
    Array(5).fill(['admin', 'login-failed', false]),
  );
  assert.ok(told.every((entry) => !JSON.stringify(entry).includes('wrong-')));
});

test('many requests at once with the right password are one check, and repeated ones need none', async (t) => {
  const access = new StationAccess({ folder: folder(t), adminPassword: 'right-password' });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => access.checkPassword('admin', 'right-password', HERE)),
  );
  assert.ok(answers.every((identity) => identity?.user === 'admin'));
  const begin = performance.now();
  for (let i = 0; i < 1000; i += 1) assert.ok(await access.checkPassword('admin', 'right-password', HERE));
  // One check by scrypt takes some 100 ms, a thousand would take minutes.
  assert.ok(performance.now() - begin < 5000);
});

test('a remembered password ends with the password', async (t) => {
  const access = new StationAccess({ folder: folder(t) });
  await access.users.add('vera', 'viewer', 'vera-password');
  assert.ok(await access.checkPassword('vera', 'vera-password', HERE));
  await access.users.setPassword('vera', 'vera-password-2');
  assert.equal(await access.checkPassword('vera', 'vera-password', HERE), undefined);
});

test('checking a password leaves the event loop free', async (t) => {
  const access = new StationAccess({ folder: folder(t), adminPassword: 'right-password' });
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  t.after(() => clearInterval(timer));
  await access.checkPassword('admin', 'wrong-password', HERE);
  assert.ok(ticks >= 3, `${ticks} ticks`);
});

test('a users file that cannot be read stops the start and stays as it is', (t) => {
  const at = folder(t);
  const path = join(at, 'users.json');
  for (const text of ['', '{', '{"version":2}', '{"version":1,"users":[{"name":"x"}],"tokens":[]}']) {
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    assert.throws(() => new StationAccess({ folder: at }), hasCode('ACCESS_FILE_BROKEN'));
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});
