import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelEventMessage, chunkEventMessage } from '../../../nodes/core/archive/archive-message.ts';
import { publishArchive } from '../../../nodes/core/archive/archive-publisher.ts';
import { RecordedBus } from '../../fixtures/bus-station.ts';
import { better, chunk, clock, missing, scriptedArchive, start, stored } from './fixtures/scripted-archive.ts';

test('the bus hears what was stored, with its holes, what is missing, and of sources; nothing twice', () => {
  const { door, open, say, listeners } = scriptedArchive();
  const bus = new RecordedBus();
  const stop = publishArchive({ archive: door, bus, agent: 'hall-1', clock, loop: { every: () => () => {} } });
  open();
  say({ kind: 'chunk', chunk: chunk({ state: 'capturing' }) });
  say({ kind: 'chunk', chunk: stored, before: chunk({ state: 'uploading' }) });
  say({ kind: 'chunk', chunk: { ...stored, attempts: 2 }, before: stored });
  say({ kind: 'chunk', chunk: better, before: stored });
  say({ kind: 'chunk', chunk: missing });
  const told = bus.on('reelflow/hall-1/event/chunk').map((message) => chunkEventMessage.parse(message));
  assert.deepEqual(
    told.map(({ state, revision, isPartial }) => [state, revision, isPartial]),
    [
      ['complete', 1, true],
      ['complete', 2, false],
      ['missing', 0, false],
    ],
  );
  assert.deepEqual(told[0]?.holes, [
    {
      ...{ start: '2026-11-21T10:00:00.000Z', end: '2026-11-21T10:00:02.000Z', track: 'main', code: 'SEGMENT_LOST' },
      sequences: { first: 3, last: 4 },
    },
  ]);
  assert.doesNotMatch(JSON.stringify(told), /secret/);
  say({ kind: 'trouble', name: 'news.1', trouble: { code: 'SOURCE_UNREACHABLE', message: 'refused', since: start } });
  say({ kind: 'trouble', name: 'news.1' });
  const sources = bus.on('reelflow/hall-1/event/channel').map((message) => channelEventMessage.parse(message));
  assert.deepEqual(
    sources.map(({ trouble }) => trouble?.code ?? null),
    ['SOURCE_UNREACHABLE', null],
  );
  stop();
  assert.equal(listeners.size, 0);
});

test('a back-fill of thousands of chunks does not drown the bus', () => {
  const { door, open, say } = scriptedArchive();
  const bus = new RecordedBus();
  const minutes: (() => void)[] = [];
  const loop = {
    every: (_ms: number, run: () => void) => {
      minutes.push(run);
      return () => {};
    },
  };
  publishArchive({ archive: door, bus, agent: 'hall-1', clock, loop });
  open();
  for (let count = 0; count < 2000; count += 1) say({ kind: 'chunk', chunk: stored });
  assert.equal(bus.on('reelflow/hall-1/event/chunk').length, 600);
  for (const pass of minutes) pass();
  say({ kind: 'chunk', chunk: stored });
  assert.equal(bus.on('reelflow/hall-1/event/chunk').length, 601);
});
