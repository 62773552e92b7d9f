import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress, pathOf, readAuthorization, readCookie } from '../../../nodes/core/access/request-head.ts';
import { isSameOrigin } from '../../../nodes/core/access/same-origin.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

test('HTTP Basic: colons in the password, UTF-8, empty parts, rubbish', () => {
  assert.deepEqual(readAuthorization(basic('ada:a:b')), { scheme: 'basic', user: 'ada', password: 'a:b' });
  assert.deepEqual(readAuthorization(basic('jörg:pässwörd')), { scheme: 'basic', user: 'jörg', password: 'pässwörd' });
  assert.deepEqual(readAuthorization(basic(':')), { scheme: 'basic', user: '', password: '' });
  assert.deepEqual(readAuthorization('bEaReR abc-._~+/='), { scheme: 'bearer', token: 'abc-._~+/=' });
  for (const rubbish of [
    undefined,
    '',
    'Basic',
    'Basic !!!',
    'Basic YWJj',
    'Basic a',
    'Digest username="x"',
    'Bearer ',
  ]) {
    assert.equal(readAuthorization(rubbish), undefined, String(rubbish));
  }
});

test('cookies: the named one, whole, the first of two', () => {
  assert.equal(readCookie('a=1; session=x=y; b=2', 'session'), 'x=y');
  assert.equal(readCookie('session=first; session=second', 'session'), 'first');
  assert.equal(readCookie('xsession=1', 'session'), undefined);
  assert.equal(readCookie(undefined, 'session'), undefined);
});

test('a forwarded address is believed from this machine only, and only its last entry', () => {
  const from = (remoteAddress: string, forwarded: string) =>
    clientAddress({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } });
  assert.equal(from('10.0.0.9', '1.2.3.4'), '10.0.0.9');
  assert.equal(from('127.0.0.1', '6.6.6.6, 1.2.3.4'), '1.2.3.4');
  assert.equal(from('::ffff:127.0.0.1', '1.2.3.4'), '1.2.3.4');
  assert.equal(clientAddress({ headers: {}, socket: { remoteAddress: '127.0.0.1' } }), '127.0.0.1');
});

test('the path is that of the whole address, also below a mount', () => {
  assert.equal(pathOf({ url: '/health', originalUrl: '/admin/health?x', headers: {}, socket: {} }), '/admin/health');
  assert.equal(pathOf({ url: '/a?b', headers: {}, socket: {} }), '/a');
});

const origins: [string, Record<string, string>, boolean, boolean][] = [
  // case, headers, without proof needed, with proof needed
  ['nothing', { host: 'cap:1880' }, true, false],
  ['own origin', { host: 'cap:1880', origin: 'http://cap:1880' }, true, true],
  ['own origin behind TLS', { host: 'cap.example.org', origin: 'https://cap.example.org' }, true, true],
  ['own origin, port of the scheme', { host: 'cap.example.org:443', origin: 'https://cap.example.org' }, true, true],
  ['proxy', { host: '127.0.0.1:1880', 'x-forwarded-host': 'cap.example', origin: 'https://cap.example' }, true, true],
  ['another port', { host: 'cap:1880', origin: 'http://cap:8080' }, false, false],
  ['another host', { host: 'cap:1880', origin: 'http://evil.example' }, false, false],
  ['opaque origin', { host: 'cap:1880', origin: 'null' }, false, false],
  ['fetch metadata: same origin', { host: 'cap:1880', 'sec-fetch-site': 'same-origin' }, true, true],
  ['fetch metadata: typed address', { host: 'cap:1880', 'sec-fetch-site': 'none' }, true, true],
  ['fetch metadata: same site', { host: 'cap:1880', 'sec-fetch-site': 'same-site' }, false, false],
  ['fetch metadata against origin', { host: 'c', origin: 'http://c', 'sec-fetch-site': 'cross-site' }, false, false],
];

for (const [name, headers, lenient, strict] of origins) {
  test(`same origin: ${name}`, () => {
    assert.equal(isSameOrigin({ headers, socket: {} }, false), lenient);
    assert.equal(isSameOrigin({ headers, socket: {} }, true), strict);
  });
}
