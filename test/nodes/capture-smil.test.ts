import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import registerSmil from '../../nodes/capture-smil/capture-smil.ts';
import { isoSeconds } from '../../nodes/core/archive/chunk-key.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { framesPerSecond } from '../fixtures/live-hls.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { until } from '../fixtures/until.ts';
import { channel, framesAt, get, playbackServer } from './plugin-playback/fixtures/playback-server.ts';

interface Answer {
  topic: string;
  keep?: string;
  payload: Record<string, unknown> & { smil: string; hls: string; dash?: string; gaps: Record<string, unknown>[] };
}

/** The node, beside the doors of the same archive: 16 seconds of the past. */
async function start(t: TestContext, fields: object, source: Parameters<typeof playbackServer>[1] = {}) {
  const served = await playbackServer(t, source);
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
  const archive = { isUsed: true, open: async () => served.bench.archive, onOpen: () => () => {} };
  provideStation({ archive, clock, environment: { port: 1880 } } as unknown as Station);
  const node = { id: 'smil', type: 'capture-smil', version: 1, wires: [['out']], base: served.url, ...fields };
  const runtime = await startNodeRuntime([registerSmil as never], [node, { id: 'out', type: 'sink' }]);
  t.after(() => runtime.stop());
  const ask = async (payload: object, keep?: string): Promise<Answer> => {
    const before = runtime.received('out').length;
    runtime.node('smil').receive({ payload, ...(keep === undefined ? {} : { keep }) });
    await until(() => runtime.received('out').length > before, { what: 'the SMIL' });
    return runtime.received('out').at(-1) as unknown as Answer;
  };
  const refusals = () => runtime.lines('smil').filter(({ level }) => level === 'error');
  return { ...served, runtime, ask, refusals };
}

test('a message becomes the SMIL that the door has, with playlists that play, and nothing missing', async (t) => {
  const { ask, startMs, url, range, runtime } = await start(t, { channel });
  const from = isoSeconds(startMs + 4000);
  const { topic, keep, payload } = await ask({ start: from, end: startMs + 10_000 }, 'me');
  assert.deepEqual([topic, keep, payload['channel'], payload['style']], ['smil', 'me', channel, 'npvr']);
  assert.equal(payload.smil, (await get(`${url}/smil/${channel}/${range(4, 10)}.smil`)).text);
  assert.deepEqual([payload['start'], payload['end']], [startMs + 4000, startMs + 10_000]);
  assert.deepEqual([payload['askedMs'], payload['deliveredMs'], payload.gaps], [6000, 6000, []]);
  assert.equal(await framesAt(payload.hls), 6 * framesPerSecond);
  assert.equal(await framesAt(payload.dash ?? ''), 6 * framesPerSecond);
  await until(() => runtime.statuses('smil').at(-1)?.['text'] === `${channel}: 6 s`, { what: 'the status' });

  const continuous = await ask({ start: from, end: startMs + 10_000, style: 'continuous' });
  const door = await get(`${url}/smil/${channel}/${range(4, 10)}.smil?style=continuous`);
  assert.equal(continuous.payload.smil, door.text);
});

test('what is missing is listed, with the time asked for and delivered; without a start it is as long as the node says', async (t) => {
  const { ask, startMs, runtime } = await start(t, { channel, lastSeconds: 16 }, { without: [5, 6], container: 'ts' });
  const { payload } = await ask({ end: startMs + 16_000 });
  assert.deepEqual([payload['start'], payload['askedMs'], payload['deliveredMs']], [startMs, 16_000, 14_000]);
  const [gap, ...more] = payload.gaps;
  assert.deepEqual(more, []);
  assert.ok(Math.abs(Number(gap?.['start']) - startMs - 5000) < 100, JSON.stringify(gap));
  assert.ok(Math.abs(Number(gap?.['end']) - startMs - 7000) < 100, JSON.stringify(gap));
  assert.match(String(gap?.['code']), /^SOURCE_|^SEGMENT_/);
  assert.equal(payload.dash, undefined, 'no DASH of MPEG-TS');
  await until(() => runtime.statuses('smil').at(-1)?.['text'] === `${channel}: 14 s, 1 gap`, { what: 'the status' });
});

test('what can not be written is refused in words, and no message comes', async (t) => {
  const { runtime, refusals, startMs } = await start(t, {});
  const cases: [payload: object, said: RegExp][] = [
    [{ start: startMs, end: startMs + 1000 }, /channel/],
    [{ channel: 'other', start: startMs, end: startMs + 1000 }, /no channel "other"/],
    [{ channel, start: 'noon' }, /msg\.payload\.start/],
    [{ channel, start: startMs + 2000, end: startMs }, /after the start/],
    [{ channel, start: startMs - 9 * 86_400_000 }, /seven days/],
    [{ channel, style: 'loose' }, /msg\.payload\.style/],
    [{ channel, start: startMs - 7200_000, end: startMs - 7100_000 }, /has nothing from/],
    [{ channel, start: Date.now() + 60_000, end: Date.now() + 90_000 }, /in the future/],
  ];
  for (const [payload, said] of cases) {
    runtime.node('smil').receive({ payload });
    await until(() => refusals().some(({ text }) => said.test(text)), { what: `a refusal like ${said}` });
  }
  assert.equal(refusals().length, cases.length);
  assert.deepEqual(runtime.received('out'), []);
});
