import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignedSessions } from '../../../nodes/adapters/access/signed-sessions.ts';

const DAY_MS = 24 * 3600_000;

function sessions(t: TestContext, options: { secret?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'reelflow-sessions-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const endedPath = join(folder, 'ended.json');
  const clock = { now: Date.UTC(2026, 0, 1) };
  const make = () => new SignedSessions({ secret: options.secret ?? 's', endedPath, now: () => clock.now });
  return { subject: make(), make, clock, endedPath };
}

const header = (cookie: { name: string; value: string }): string => `${cookie.name}=${cookie.value}`;

test('a session lasts seven days, and slides on while it is used', (t) => {
  const { subject, clock } = sessions(t);
  let cookie = subject.open('ada', 1);
  clock.now += 7 * DAY_MS;
  assert.equal(subject.read(header(cookie))?.user, 'ada');
  clock.now += 1;
  assert.equal(subject.read(header(cookie)), undefined);

  cookie = subject.open('ada', 1);
  for (let day = 0; day < 30; day += 1) {
    clock.now += DAY_MS;
    const session = subject.read(header(cookie));
    assert.ok(session, `day ${day}`);
    cookie = subject.renew(session) ?? cookie;
  }
});

test('logout ends the renewed cookies of the session too, and is forgotten once they would have expired', (t) => {
  const { subject, make, clock } = sessions(t);
  const first = subject.open('ada', 1);
  clock.now += DAY_MS;
  const session = subject.read(header(first));
  assert.ok(session);
  const renewed = subject.renew(session);
  assert.ok(renewed);
  subject.end(session);
  assert.equal(subject.read(header(renewed)), undefined);
  assert.equal(make().read(header(renewed)), undefined);
});

test('a clock that was set back does not end sessions', (t) => {
  const { subject, clock } = sessions(t);
  const cookie = subject.open('ada', 1);
  clock.now = 0;
  assert.equal(subject.read(header(cookie))?.user, 'ada');
});

test('a broken list of ended sessions does not stop the start', (t) => {
  const { make, endedPath } = sessions(t);
  for (const text of ['', '[]', 'null', '{"a":"b"}']) {
    writeFileSync(endedPath, text);
    assert.ok(make().open('ada', 1));
  }
});

test('cookies are named after the station, because cookies know no ports', (t) => {
  const one = sessions(t, { secret: 'one' }).subject;
  const two = sessions(t, { secret: 'two' }).subject;
  assert.match(one.cookieName, /^reelflow_[A-Za-z0-9]{8}$/);
  assert.notEqual(one.cookieName, two.cookieName);
});

test('names with dots and accents survive', (t) => {
  const { subject } = sessions(t);
  assert.equal(subject.read(header(subject.open('a.b@ü', 3)))?.user, 'a.b@ü');
});
