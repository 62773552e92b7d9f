import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoginThrottle, network } from '../../../nodes/core/access/login-throttle.ts';

function throttle(limits: ConstructorParameters<typeof LoginThrottle>[1] = {}) {
  let now = 0;
  const subject = new LoginThrottle({ monotonicMs: () => now }, limits);
  return { subject, pass: (ms: number) => (now += ms) };
}

function fail(subject: LoginThrottle, times: number, user = 'admin', from = '10.0.0.1'): void {
  for (let i = 0; i < times; i += 1) subject.attempt(user, from);
}

test('the fifth wrong guess makes the pair wait, and the waits double up to the longest', () => {
  const { subject, pass } = throttle();
  fail(subject, 4);
  assert.equal(subject.lockedForMs('admin', '10.0.0.1'), 0);
  fail(subject, 1);
  assert.equal(subject.lockedForMs('admin', '10.0.0.1'), 30_000);
  pass(30_000);
  fail(subject, 1);
  assert.equal(subject.lockedForMs('admin', '10.0.0.1'), 60_000);
  for (let i = 0; i < 10; i += 1) {
    pass(subject.lockedForMs('admin', '10.0.0.1'));
    fail(subject, 1);
  }
  assert.equal(subject.lockedForMs('admin', '10.0.0.1'), 15 * 60_000);
});

test('nobody is locked out by guesses from another address, however many', () => {
  const { subject } = throttle();
  for (let host = 0; host < 500; host += 1) fail(subject, 5, 'admin', `10.1.${host >> 8}.${host & 255}`);
  assert.equal(subject.lockedForMs('admin', '192.168.1.7'), 0);
  assert.equal(subject.attempt('admin', '192.168.1.7'), 0);
});

test('many names from one address lock the address', () => {
  const { subject } = throttle();
  for (let i = 0; i < 30; i += 1) fail(subject, 1, `user${i}`);
  assert.ok(subject.lockedForMs('somebody-new', '10.0.0.1') > 0);
  assert.equal(subject.lockedForMs('somebody-new', '10.0.0.2'), 0);
});

test('attempts at the same time are counted before their outcome is known', () => {
  const { subject } = throttle();
  const letThrough = Array.from({ length: 100 }, () => subject.attempt('admin', '10.0.0.1')).filter((ms) => ms === 0);
  assert.equal(letThrough.length, 5);
});

test('a right password clears the count', () => {
  const { subject } = throttle();
  for (let i = 0; i < 100; i += 1) {
    assert.equal(subject.attempt('admin', '10.0.0.1'), 0);
    subject.succeeded('admin', '10.0.0.1');
  }
  assert.equal(subject.size, 0);
});

test('failures are forgotten after the window', () => {
  const { subject, pass } = throttle();
  fail(subject, 4);
  pass(15 * 60_000 + 1);
  fail(subject, 4);
  assert.equal(subject.lockedForMs('admin', '10.0.0.1'), 0);
});

test('memory stays bounded, the oldest going first', () => {
  const { subject } = throttle({ entries: 100 });
  for (let i = 0; i < 1000; i += 1) fail(subject, 1, 'admin', `10.2.${i >> 8}.${i & 255}`);
  assert.equal(subject.size, 100);
});

test('an IPv6 /64 counts as one address, a mapped IPv4 as itself', () => {
  assert.equal(network('2001:db8:1:2:aaaa::1'), network('2001:db8:1:2:bbbb:0:0:9'));
  assert.notEqual(network('2001:db8:1:2::1'), network('2001:db8:1:3::1'));
  assert.equal(network('2001:db8::1'), '2001:db8:0:0::/64');
  assert.equal(network('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(network('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(network('::1'), '::1');
});
