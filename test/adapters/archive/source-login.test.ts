import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashSource } from '../../../nodes/adapters/archive/dash/dash-source.ts';
import { mpd, picture, timed, video } from './fixtures/mpd.ts';
import { bytesOf, segmentsOf } from './fixtures/offered.ts';
import { serve } from './fixtures/serve-answers.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
const clock = { now: () => start + 120_000, monotonicMs: () => performance.now() };
const lines = ['<S t="3600000" d="30000" r="1"/>'];

test('the login of a source is for its host alone: not for another that it names, nor for one that it leads on to', async (t) => {
  const other = await serve(t, { '/v/3600000.m4s': 'there', '/elsewhere.m4s': 'further' });
  const period = (base: string) => mpd(`<Period start="PT0S">${base}${picture(video(timed(...lines)))}</Period>`);
  const { base, asked } = await serve(t, {
    '/here.mpd': period(''),
    '/there.mpd': period(`<BaseURL>${other.base}/</BaseURL>`),
    '/same.mpd': (request, response) => void response.end(period(`<BaseURL>http://${request.headers.host}/</BaseURL>`)),
    '/v/3600000.m4s': (_request, response) =>
      response.writeHead(302, { location: `${other.base}/elsewhere.m4s` }).end(),
    '/v/3630000.m4s': 'here',
  });
  const read = async (name: string) => {
    const url = `${base.replace('//', '//viewer:hidden-word@')}/${name}.mpd`;
    const source = new DashSource(url, { clock, timeoutMs: 5000 });
    const span = { startMs: start, endMs: start + 60_000 };
    return segmentsOf(await Array.fromAsync(source.follow(span, new AbortController().signal)));
  };
  const [away, here] = await read('here');
  assert.deepEqual([await bytesOf(away), await bytesOf(here)], ['further', 'here']);
  assert.equal(await bytesOf((await read('same'))[1]), 'here');
  const [there] = await read('there');
  assert.equal(await bytesOf(there), 'there');
  assert.ok(asked.length >= 6 && asked.every(({ headers }) => headers.authorization?.startsWith('Basic ')));
  assert.deepEqual(
    other.asked.map(({ url, headers }) => [url, headers.authorization]),
    [
      ['/elsewhere.m4s', undefined],
      ['/v/3600000.m4s', undefined],
    ],
  );
});
