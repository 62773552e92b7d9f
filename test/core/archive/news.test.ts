import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { Archive, ArchiveDoor, ArchiveEvent } from '../../../nodes/core/archive/archive.ts';
import { channelEventMessage, chunkEventMessage } from '../../../nodes/core/archive/archive-message.ts';
import { publishArchive } from '../../../nodes/core/archive/archive-publisher.ts';
import type { Chunk } from '../../../nodes/core/archive/chunk.ts';
import { emptyChunk } from '../../../nodes/core/archive/timeline.ts';
import { addArchiveMetrics } from '../../../nodes/plugin-health/archive-metrics.ts';
import { RecordedBus } from '../../fixtures/bus-station.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
const clock = { now: () => start + 60_000, monotonicMs: () => 0 };

function chunk(more: Partial<Chunk>): Chunk {
  return { ...emptyChunk('news.1', { startMs: start, endMs: start + 60_000 }, start), ...more };
}

/** An archive that opens when it is told to, and says what it is told to. */
function scripted() {
  const listeners = new Set<(event: ArchiveEvent) => void>();
  const waiting: ((archive: Archive) => void)[] = [];
  const totals = { chunkCount: 7, partialCount: 1, sizeBytes: 700, last: start };
  const channel = { name: 'news.1', isEnabled: true };
  const archive = {
    onEvent: (listener: (event: ArchiveEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    channels: () => Promise.resolve([{ channel, totals }]),
  } as unknown as Archive;
  const door = {
    onOpen: (listener: (archive: Archive) => void) => {
      waiting.push(listener);
      return () => {};
    },
  };
  return {
    door: door as unknown as ArchiveDoor,
    open: () => {
      for (const listener of waiting) listener(archive);
    },
    say: (event: ArchiveEvent) => {
      for (const listener of listeners) listener(event);
    },
    listeners,
  };
}

const hole = {
  startMs: start,
  endMs: start + 2000,
  track: 'main',
  code: 'SEGMENT_LOST',
  sequences: { first: 3, last: 4 },
};
const stored = chunk({ state: 'complete', isPartial: true, revision: 1, sizeBytes: 100, holes: [hole] });
const better = chunk({ state: 'complete', revision: 2, sizeBytes: 120 });
const missing = chunk({
  state: 'missing',
  reason: { code: 'SOURCE_AWAY', message: 'http://u:secret@host/ had it no more' },
});

test('the bus hears what was stored, with its holes, what is missing, and of sources; nothing twice', () => {
  const { door, open, say, listeners } = scripted();
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
  const { door, open, say } = scripted();
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

test('Prometheus: counted by channel, and what is stored; nothing while there is no archive', async () => {
  const { door, open, say } = scripted();
  const registry = new Registry();
  addArchiveMetrics(door, clock, registry);
  assert.doesNotMatch(await registry.metrics(), /^reelflow_/m);
  open();
  say({ kind: 'chunk', chunk: stored });
  say({ kind: 'chunk', chunk: better, before: stored });
  say({ kind: 'chunk', chunk: missing });
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('reelflow_'));
  assert.deepEqual(lines.sort(), [
    'reelflow_channel_archived_until_seconds{channel="news.1"} 1795255200',
    'reelflow_channel_bytes{channel="news.1"} 700',
    'reelflow_channel_chunks{channel="news.1"} 7',
    'reelflow_channel_partial_chunks{channel="news.1"} 1',
    'reelflow_channel_source_up{channel="news.1"} 1',
    'reelflow_chunk_bytes_total{channel="news.1"} 220',
    'reelflow_chunks_missing_total{channel="news.1",code="SOURCE_AWAY"} 1',
    'reelflow_chunks_stored_total{channel="news.1",partial="false"} 1',
    'reelflow_chunks_stored_total{channel="news.1",partial="true"} 1',
  ]);
});
