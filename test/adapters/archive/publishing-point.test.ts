import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { readArchiveXml } from '../../../nodes/adapters/archive/usp/archive-xml.ts';
import { PublishingPoint } from '../../../nodes/adapters/archive/usp/publishing-point.ts';
import { archiveWithSource } from '../../core/archive/fixtures/archive-with-source.ts';
import { framesPerSecond } from '../../fixtures/live-hls.ts';
import { type PastHlsOptions, writePastHls } from '../../fixtures/past-hls.ts';
import { startPublishingPoint } from '../../fixtures/publishing-point.ts';
import { until } from '../../fixtures/until.ts';

const chunkMs = 4000;
const name = 'news';
const at = (text: string): number => Date.parse(text);
const read = (text: string) => readArchiveXml(text, 'http://user:secret@host/news.isml/archive');

test('the stretches of a publishing point: of any rung, in the order of time, whatever their namespace', () => {
  const ladder = `<?xml version="1.0" encoding="utf-8"?>
    <u:archive xmlns:u="urn:x">
      <u:audio name="a"><u:c start="2026-11-26T09:00:00Z" end="2026-11-26T12:00:00Z"/></u:audio>
      <u:video name="low">
        <u:c start="2026-11-26T11:11:32.120000Z" end="2026-11-26T11:30:00Z"/>
        <u:c start="2026-11-26T10:50:32Z" end="2026-11-26T11:06:32Z"/>
      </u:video>
      <u:video name="high"><u:c start="2026-11-26T12:00:00+01:00" end="2026-11-26T11:08:00"/></u:video>
    </u:archive>`;
  assert.deepEqual(read(ladder), [
    { startMs: at('2026-11-26T10:50:32Z'), endMs: at('2026-11-26T11:08:00Z') },
    { startMs: at('2026-11-26T11:11:32.120Z'), endMs: at('2026-11-26T11:30:00Z') },
  ]);
  const sound = '<archive><audio><c start="2026-11-26T09:00:00Z" end="2026-11-26T12:00:00Z"/></audio></archive>';
  assert.equal(read(sound).length, 1, 'a channel of sound alone');
  assert.deepEqual(read('<archive><video/></archive>'), []);
});

test('what is no such answer is refused in words, without the login', () => {
  for (const [text, said] of [
    ['<html><body>Not found<br></body></html>', /not readable XML/],
    ['<archive><video><c start="soon"/></video></archive>', /without a start and an end/],
    ['<archive><video><c start="2026-11-26T10:00:00Z" end="2026-11-26T09:00:00Z"/></video></archive>', /stretch/],
    ['', /not readable XML/],
    ['<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><archive>&c;</archive>', /not readable XML/],
  ] as const) {
    assert.throws(() => read(text), { code: 'SOURCE_INVALID', message: said }, text);
    assert.throws(
      () => read(text),
      (error: Error) => !error.message.includes('secret'),
    );
  }
});

async function begin(t: TestContext, hls: PastHlsOptions) {
  const { live, bench } = await archiveWithSource(t);
  await writePastHls(live.folder, hls);
  const point = await startPublishingPoint(live.folder);
  // Before its folder goes.
  t.after(() => point.stop());
  await bench.boot();
  await bench.archive.putChannel(name, { sourceUrls: [point.url], chunkMs, retentionMs: 3600_000 });
  return { bench, point };
}

const past = (seconds: number) => Math.floor((Date.now() - seconds * 1000) / chunkMs) * chunkMs;

describe('a publishing point as source', { concurrency: 4 }, () => {
  for (const container of ['fmp4', 'ts'] as const) {
    test(`${container}: all of its archive is taken, far beyond the window of its live playlist`, async (t) => {
      // Not on the boundaries of chunks.
      const startMs = past(90) + 700;
      const { bench, point } = await begin(t, { startMs, seconds: 40, container });
      const chunks = await bench.stored(name, 10);
      const inside = chunks.slice(1, -1);
      assert.equal(inside.length, 8);
      for (const chunk of inside) assert.deepEqual([chunk.holes, chunk.isPartial], [[], false]);
      assert.equal(await bench.frames(name), 40 * framesPerSecond);
      assert.ok(point.requests.some((path) => path.endsWith('/archive')));
      const lists = point.requests.filter((path) => path.includes('m3u8'));
      assert.ok(lists.length > 0 && lists.every((path) => path.includes('vbegin=')), 'never the live playlist');
    });
  }

  test('after an outage everything that it still has is there, each segment once', async (t) => {
    const startMs = past(20);
    const { bench, point } = await begin(t, { startMs, seconds: 180 });
    await bench.stored(name, 6);
    await bench.shut();
    const goneBy = Date.now() + 3 * chunkMs;
    await until(() => point.endMs().then((endMs) => endMs > goneBy), {
      what: 'two chunks and more to come and go',
      timeoutMs: 60_000,
    });
    await bench.boot();
    const seen = Math.floor((goneBy - startMs) / chunkMs);
    const starts = Array.from({ length: seen }, (_, index) => startMs + index * chunkMs);
    await until(
      async () => {
        const whole = (await bench.complete(name)).filter(({ isPartial }) => !isPartial);
        return starts.every((start) => whole.some((chunk) => chunk.startMs === start));
      },
      { what: 'every chunk since the first one, whole', timeoutMs: 90_000 },
    );
    const segments = await bench.archive.segments(name, { span: { startMs, endMs: startMs + seen * chunkMs } });
    for (const [index, { startMs: from, durationMs }] of segments.slice(0, -1).entries()) {
      assert.ok(Math.abs((segments[index + 1]?.startMs ?? 0) - from - durationMs) < 50, `a seam after ${index}`);
    }
    assert.equal(segments.length, (seen * chunkMs) / 1000);
  });

  test('a hole of its archive is a hole of ours; a chunk in it is missing, and not asked for', async (t) => {
    const startMs = past(90);
    const without = Array.from({ length: 10 }, (_, index) => 10 + index);
    const { bench, point } = await begin(t, { startMs, seconds: 32, without });
    const chunks = await bench.stored(name, 6);
    const holes = chunks.flatMap((chunk) => chunk.holes);
    assert.deepEqual(
      holes.map(({ startMs: from, endMs, code }) => [from - startMs, endMs - startMs, code]),
      [[10_000, 12_000, 'SOURCE_SILENT']],
    );
    const gone = { startMs: startMs + 12_000, endMs: startMs + 20_000 };
    await until(
      async () => {
        const line = await bench.archive.timeline(name, gone);
        return line.length === 2 && line.every(({ state }) => state === 'missing');
      },
      { what: 'the chunks in the hole to be missing', timeoutMs: 30_000 },
    );
    const [missing] = await bench.archive.timeline(name, gone);
    assert.equal(missing?.reason?.code, 'SOURCE_SILENT');
    assert.equal(await bench.frames(name), 22 * framesPerSecond);
    // A question begins twelve seconds before its chunk.
    const begins = point.requests.map((path) => new URL(path, point.url).searchParams.get('vbegin'));
    const beginOf = (chunkStart: number) => new Date(chunkStart - 12_000).toISOString();
    assert.ok(begins.includes(beginOf(startMs + 20_000)));
    for (const chunkStart of [gone.startMs, gone.startMs + chunkMs]) assert.ok(!begins.includes(beginOf(chunkStart)));
  });
});

test('the address of something else says so, and a login in it is sent and never shown', async (t) => {
  const logins: (string | undefined)[] = [];
  let body = '<html>';
  let status = 404;
  const server = createServer((request, response) => {
    logins.push(request.headers.authorization);
    response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = (server.address() as AddressInfo).port;
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const point = new PublishingPoint(`http://viewer:hunter2@127.0.0.1:${port}/news.isml`, { clock, timeoutMs: 5000 });
  const window = () => point.window(AbortSignal.timeout(10_000));
  await assert.rejects(window(), {
    code: 'SOURCE_UNREACHABLE',
    message: /\/news\.isml\/archive: the source answered 404/,
  });
  status = 200;
  await assert.rejects(window(), { code: 'SOURCE_INVALID', message: /not readable XML/ });
  body = '<archive/>';
  await assert.rejects(window(), (error: Error) => {
    assert.doesNotMatch(error.message, /hunter2/);
    return /nothing in its archive yet/.test(error.message);
  });
  assert.deepEqual(new Set(logins), new Set([`Basic ${Buffer.from('viewer:hunter2').toString('base64')}`]));
});
