import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type http from 'node:http';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { HttpCalendar, type HttpCalendarOptions } from '../../../nodes/adapters/calendar/http-calendar.ts';
import type { CalendarValidators } from '../../../nodes/core/schedule/calendar-source.ts';
import type { ScheduleSettings } from '../../../nodes/core/schedule/schedule.ts';
import { serve } from '../../fixtures/calendar-server.ts';
import { calendarOf, eventLines } from '../../fixtures/ics.ts';

type UrlSource = Extract<ScheduleSettings['source'], { kind: 'url' }>;

const calendar = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T111500Z', 'LOCATION:Hörsaal'));
const never = new AbortController().signal;

function open(url: string, login: Partial<UrlSource> = {}, options: HttpCalendarOptions = {}): HttpCalendar {
  return new HttpCalendar({ kind: 'url', url, auth: 'none', ...login }, options);
}

async function textOf(source: HttpCalendar, known?: CalendarValidators): Promise<string> {
  const reading = await source.read(known, never);
  return reading.kind === 'text' ? reading.text : reading.kind;
}

test('text, its charset and its validators; they are echoed byte for byte', async (context) => {
  const server = await serve(context, (request, response) => {
    if (request.headers['if-none-match'] === 'mod1795255200000') {
      response.writeHead(304, { etag: '"other"' }).end();
      return;
    }
    response.setHeader('content-type', 'text/calendar; charset=ISO-8859-1');
    // Opencast sends its ETag without quotes.
    response.setHeader('etag', 'mod1795255200000');
    response.setHeader('last-modified', 'Sat, 21 Nov 2026 10:00:00 GMT');
    response.end(Buffer.from(calendar, 'latin1'));
  });
  const source = open(`${server.url}/hall-1.ics?agentid=a`);
  const reading = await source.read(undefined, never);
  assert.equal(reading.kind, 'text');
  assert.ok(reading.kind === 'text' && reading.text === calendar);
  assert.deepEqual(reading.validators, { etag: 'mod1795255200000', lastModified: 'Sat, 21 Nov 2026 10:00:00 GMT' });
  assert.equal((await source.read(reading.validators, never)).kind, 'unchanged');
  assert.equal(server.requests[1]?.headers['if-modified-since'], 'Sat, 21 Nov 2026 10:00:00 GMT');
  assert.equal(server.requests[0]?.url, '/hall-1.ics?agentid=a');
});

test('a 304 that was not asked for is an error, not an empty calendar', async (context) => {
  const server = await serve(context, (_request, response) => response.writeHead(304).end());
  await assert.rejects(textOf(open(server.url)), { code: 'CALENDAR_STATUS' });
});

for (const [encoding, pack] of [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
] as const) {
  test(`packed by ${encoding}, also with folds`, async (context) => {
    const server = await serve(context, (_request, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(pack(calendar));
    });
    assert.equal(await textOf(open(server.url)), calendar);
    assert.match(server.requests[0]?.headers['accept-encoding'] ?? '', /gzip/);
  });
}

test('basic, with colons and umlauts; from the address too, and never shown', async (context) => {
  const expected = `Basic ${Buffer.from('jörg:a:b@c').toString('base64')}`;
  const server = await serve(context, (request, response) => {
    if (request.headers.authorization === expected) response.end(calendar);
    else response.writeHead(401).end();
  });
  assert.equal(await textOf(open(server.url, { auth: 'basic', user: 'jörg', password: 'a:b@c' })), calendar);
  assert.equal(await textOf(open(server.url.replace('//', '//j%C3%B6rg:a%3Ab%40c@'))), calendar);
  const wrong = open(server.url.replace('//', '//user:topsecret@').concat('/private-abc.ics'));
  await assert.rejects(textOf(wrong), (error: Error & { code: string }) => {
    assert.equal(error.code, 'CALENDAR_LOGIN');
    assert.doesNotMatch(error.message, /topsecret|private-abc/);
    return true;
  });
});

test('bearer', async (context) => {
  const server = await serve(context, (request, response) => {
    if (request.headers.authorization === 'Bearer abc.def') response.end(calendar);
    else response.writeHead(403).end();
  });
  assert.equal(await textOf(open(server.url, { auth: 'bearer', token: 'abc.def' })), calendar);
  await assert.rejects(textOf(open(server.url, { auth: 'bearer', token: 'x' })), { code: 'CALENDAR_LOGIN' });
});

/** A server that checks digest answers as RFC 7616 says; the nonce is good for `uses` requests. */
function digestServer(algorithm: 'MD5' | 'SHA-256', options: { uses: number; hasQop?: boolean; isOffered?: string[] }) {
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  let nonce = 'nonce-0';
  let used = 0;
  const counts = new Set<string>();
  return (request: http.IncomingMessage, response: http.ServerResponse) => {
    const given = request.headers.authorization ?? '';
    const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)"?`).exec(given)?.[1] ?? '';
    const isFresh = field('nonce') === nonce && used < options.uses;
    const secret = hash(`capture:Open "cast":pass,word`);
    const target = hash(`${request.method}:${request.url}`);
    const middle = options.hasQop === false ? '' : `${field('nc')}:${field('cnonce')}:${field('qop')}:`;
    const isRight = field('response') === hash(`${secret}:${field('nonce')}:${middle}${target}`);
    if (isFresh && isRight && !counts.has(nonce + field('nc')) && field('uri') === request.url) {
      used++;
      if (middle) counts.add(nonce + field('nc'));
      response.end(calendar);
      return;
    }
    used = 0;
    nonce = `nonce-${Math.random()}`;
    const offers = options.isOffered ?? [algorithm];
    response.writeHead(401, {
      'www-authenticate': offers.map(
        (name) =>
          `Digest realm="Open \\"cast\\"", nonce="${nonce}", algorithm=${name}, opaque="o=p"` +
          `${options.hasQop === false ? '' : ', qop="auth-int,auth"'}${given && isRight ? ', stale=true' : ''}`,
      ),
    });
    response.end();
  };
}

for (const algorithm of ['MD5', 'SHA-256'] as const) {
  test(`digest by ${algorithm}: challenge, same nonce again with a higher count, stale nonce`, async (context) => {
    const server = await serve(context, digestServer(algorithm, { uses: 2 }));
    const source = open(`${server.url}/recordings/calendars?agentid=a%20b`, {
      auth: 'digest',
      user: 'capture',
      password: 'pass,word',
    });
    assert.equal(await textOf(source), calendar);
    assert.equal(server.requests.length, 2, 'asked, then answered');
    assert.equal(server.requests[0]?.headers['x-requested-auth'], 'Digest');
    assert.equal(await textOf(source), calendar);
    assert.equal(server.requests.length, 3, 'the nonce is used again');
    assert.match(server.requests[2]?.headers.authorization ?? '', /nc=00000002/);
    assert.equal(await textOf(source), calendar);
    assert.equal(server.requests.length, 5, 'stale: answered anew');
  });
}

test('digest without qop, as RFC 2069 servers want it', async (context) => {
  const server = await serve(context, digestServer('MD5', { uses: 9, hasQop: false }));
  assert.equal(await textOf(open(server.url, { auth: 'digest', user: 'capture', password: 'pass,word' })), calendar);
});

test('digest: the stronger of two offers is taken', async (context) => {
  const server = await serve(context, digestServer('SHA-256', { uses: 9, isOffered: ['MD5', 'SHA-256'] }));
  assert.equal(await textOf(open(server.url, { auth: 'digest', user: 'capture', password: 'pass,word' })), calendar);
  assert.match(server.requests[1]?.headers.authorization ?? '', /algorithm=SHA-256/);
});

test('digest with a wrong password is refused once, not asked for ever', async (context) => {
  const server = await serve(context, digestServer('MD5', { uses: 9 }));
  await assert.rejects(textOf(open(server.url, { auth: 'digest', user: 'capture', password: 'no' })), {
    code: 'CALENDAR_LOGIN',
  });
  assert.equal(server.requests.length, 2);
});

test('redirects are followed; the login does not go to another origin', async (context) => {
  const other = await serve(context, (_request, response) => response.end(calendar));
  const server = await serve(context, (request, response) => {
    if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
    else response.writeHead(307, { location: `${other.url}/c` }).end();
  });
  const source = open(`${server.url}/a`, { auth: 'basic', user: 'u', password: 'p' });
  assert.equal(await textOf(source), calendar);
  assert.ok(server.requests.every(({ headers }) => headers.authorization));
  assert.deepEqual(
    other.requests.map(({ url, headers }) => [url, headers.authorization]),
    [['/c', undefined]],
  );
});

test('redirects without end, to nowhere, and to other schemes', async (context) => {
  const server = await serve(context, (request, response) => {
    const location = { '/loop': '/loop', '/file': 'file:///etc/passwd', '/none': undefined }[request.url ?? ''];
    response.writeHead(302, location === undefined ? {} : { location }).end();
  });
  for (const path of ['/loop', '/file', '/none']) {
    await assert.rejects(textOf(open(server.url + path)), { code: 'CALENDAR_REDIRECTS' }, path);
  }
  assert.equal(server.requests.filter(({ url }) => url === '/loop').length, 6);
});

test('a failing server, a missing calendar, and none at all', async (context) => {
  const server = await serve(context, (request, response) =>
    response.writeHead(request.url === '/gone' ? 404 : 500).end('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'),
  );
  await assert.rejects(textOf(open(server.url)), { code: 'CALENDAR_STATUS', message: /HTTP 500/, isRetryable: true });
  await assert.rejects(textOf(open(`${server.url}/gone`)), { code: 'CALENDAR_STATUS' });
  await assert.rejects(textOf(open('http://127.0.0.1:1/')), { code: 'CALENDAR_UNREACHABLE', isRetryable: true });
});

test('a slow server: given up after the time for the whole reading', async (context) => {
  const drips: NodeJS.Timeout[] = [];
  context.after(() => {
    for (const drip of drips) clearInterval(drip);
  });
  const server = await serve(context, (request, response) => {
    if (request.url === '/silent') return;
    response.write('BEGIN:VCALENDAR\r\n');
    drips.push(setInterval(() => response.write('X-A:1\r\n'), 50));
  });
  for (const path of ['/silent', '/dripping']) {
    const source = open(server.url + path, {}, { timeoutMs: 400 });
    await assert.rejects(textOf(source), { code: 'CALENDAR_UNREACHABLE', message: /no complete answer in time/ });
  }
});

test('an answer that breaks off is an error, plain and packed', async (context) => {
  const server = await serve(context, (request, response) => {
    const body = request.url === '/gzip' ? gzipSync(calendar) : Buffer.from(calendar);
    if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
    response.setHeader('content-length', body.length);
    response.write(body.subarray(0, body.length - 20), () => response.destroy());
  });
  for (const path of ['/', '/gzip']) {
    await assert.rejects(textOf(open(server.url + path)), { code: 'CALENDAR_UNREACHABLE' }, path);
  }
});

test('too large, also when it only becomes so by unpacking', async (context) => {
  const server = await serve(context, (request, response) => {
    const body = Buffer.alloc(200_000, 'a');
    if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip').end(gzipSync(body));
    else response.end(body);
  });
  for (const path of ['/', '/gzip']) {
    await assert.rejects(
      textOf(open(server.url + path, {}, { maxBytes: 100_000 })),
      { code: 'CALENDAR_TOO_LARGE' },
      path,
    );
  }
});

test('aborted: it ends at once', async (context) => {
  const server = await serve(context, () => {});
  const stop = new AbortController();
  const reading = open(server.url).read(undefined, stop.signal);
  setImmediate(() => stop.abort());
  await assert.rejects(reading, { code: 'CALENDAR_UNREACHABLE' });
});

test('addresses that are none are refused at once; webcal means https', () => {
  for (const url of ['', 'hall-1.ics', 'ftp://x/y', 'file:///etc/passwd', 'javascript:alert(1)']) {
    assert.throws(() => open(url), { code: 'CALENDAR_URL_INVALID', field: 'url' }, url);
  }
  assert.doesNotThrow(() => open('webcal://example.org/x.ics'));
});
