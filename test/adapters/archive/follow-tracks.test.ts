import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DashSource } from '../../../nodes/adapters/archive/dash/dash-source.ts';
import { mpd, picture, timed, video } from './fixtures/mpd.ts';
import { segmentsOf } from './fixtures/offered.ts';
import { type Handler, serve } from './fixtures/serve-answers.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
const span = { startMs: start, endMs: start + 60_000 };
const clock = { now: () => start + 62_000, monotonicMs: () => performance.now() };
/** Segments of two seconds from the begin of the span on, in which many come at once. */
const list = (count: number) =>
  mpd(`<Period start="PT0S">${picture(video(timed(`<S t="3600000" d="2000" r="${count - 1}"/>`)))}</Period>`);

/** What is told while the list is answered with one after the other, the last one for ever. */
async function followed(t: TestContext, ...answers: (string | number)[]) {
  let count = 0;
  const { base } = await serve(t, {
    '/live.mpd': (_request, response) => {
      const answer = answers[Math.min(count++, answers.length - 1)] ?? 500;
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.end(answer);
    },
  });
  const source = new DashSource(`${base}/live.mpd`, { clock, timeoutMs: 5000 });
  return await Array.fromAsync(source.follow(span, new AbortController().signal));
}

test('a span is over with what reaches its end, not before: a segment that begins in it may come late', async (t) => {
  const events = await followed(t, list(28), list(29), list(30), list(40));
  assert.deepEqual(
    segmentsOf(events).map(({ startMs }) => startMs - start),
    Array.from({ length: 30 }, (_, index) => index * 2000),
  );
});

test('a list that is away for a while is told, once, and what came meanwhile is had', async (t) => {
  const events = await followed(t, list(10), 503, 503, list(20), 404, list(30));
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'trouble' ? event.error.code : [])),
    ['SOURCE_UNREACHABLE', 'SEGMENT_LOST'],
  );
  assert.equal(segmentsOf(events).length, 30);
});

test('an init segment that does not end is refused before it fills the memory', async (t) => {
  const endless: Handler = (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024)));
      response.once('drain', more);
    };
    more();
  };
  const { base } = await serve(t, { '/live.mpd': list(30), '/v/init.mp4': endless });
  const source = new DashSource(`${base}/live.mpd`, { clock, timeoutMs: 5000 });
  const abort = AbortSignal.timeout(20_000);
  const [segment] = segmentsOf(await Array.fromAsync(source.follow(span, abort)));
  await assert.rejects(segment?.init?.read(abort) ?? Promise.resolve(), {
    code: 'SOURCE_INVALID',
    message: /init\.mp4: longer than 8388608 bytes/,
  });
});
