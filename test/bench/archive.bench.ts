import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveFiles } from '../../nodes/adapters/archive/archive-files.ts';
import { openArchiveDatabase } from '../../nodes/adapters/archive/database/archive-database.ts';
import { nodeSqliteDialect } from '../../nodes/adapters/archive/database/node-sqlite-dialect.ts';
import { SqlChunkIndex } from '../../nodes/adapters/archive/database/sql-chunk-index.ts';
import { openDatabase } from '../../nodes/adapters/sqlite/database.ts';
import { isoSeconds } from '../../nodes/core/archive/chunk-key.ts';
import { ArchiveBench } from '../core/archive/fixtures/archive-bench.ts';
import { storedChunk } from '../core/playback/fixtures/stored.ts';
import { quietLog } from '../fixtures/recording-bench.ts';
import { servePlayback } from '../nodes/plugin-playback/fixtures/playback-server.ts';
import type { Bench, Figure } from './bench.ts';

const hourMs = 3_600_000;
const chunkMs = 5 * 60_000;
const segmentMs = 4000;
const weekMs = 7 * 24 * hourMs;
const asks = 200;
const channel = 'bar';

/** What playback costs: playlists are made when they are asked for, from the index. */
export const bench: Bench = {
  title: 'Playing the live archive',
  method:
    `One channel, a week of chunks of five minutes with segments of four seconds in the index. Each address ${asks} times ` +
    'over HTTP, another range each time, in the process that asks, which has the young generation of the station ' +
    '(--max-semi-space-size=4); p99 from the question to the last byte of the answer.',
  async run(): Promise<Figure[]> {
    const folder = await mkdtemp(join(tmpdir(), 'reelflow-bench-archive-'));
    const startMs = Math.floor((Date.now() - weekMs - hourMs) / chunkMs) * chunkMs;
    await fill(folder, startMs);
    const archive = new ArchiveBench(folder);
    await archive.boot();
    await archive.archive.putChannel(channel, { sourceUrls: ['http://127.0.0.1:9/'], chunkMs, isEnabled: false });
    const server = await servePlayback(archive.archive);
    const p99 = (lengthMs: number, address: (range: string) => string) =>
      slowest(server.url, startMs, lengthMs, address);
    try {
      return [
        {
          what: 'Playlist of an hour, p99',
          ...(await p99(hourMs, (range) => `/archive/${channel}/${range}.m3u8`)),
          atMost: 50,
        },
        {
          what: 'Playlist of 24 hours, p99',
          ...(await p99(24 * hourMs, (range) => `/archive/${channel}/${range}.m3u8`)),
          atMost: 250,
        },
        {
          what: 'SMIL of an hour, p99',
          ...(await p99(hourMs, (range) => `/smil/${channel}/${range}.smil`)),
          atMost: 10,
        },
      ];
    } finally {
      await server.close();
      await archive.shut();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function fill(folder: string, startMs: number): Promise<void> {
  const file = openDatabase(archiveFiles(folder).database, { log: quietLog, migrations: [] });
  const database = await openArchiveDatabase(nodeSqliteDialect(file));
  const index = new SqlChunkIndex(database);
  for (let at = startMs; at < startMs + weekMs; at += chunkMs) {
    const { chunk, segments } = storedChunk(at, { channel, chunkMs, segmentMs });
    await index.replace(undefined, chunk, segments);
  }
  await database.destroy();
}

async function slowest(url: string, startMs: number, lengthMs: number, address: (range: string) => string) {
  const took: number[] = [];
  for (let ask = 0; ask < asks; ask += 1) {
    // Spread over the week, and never at the edge of a chunk.
    const from = startMs + 1000 * Math.floor((((ask * 7919) % asks) / asks) * ((weekMs - lengthMs) / 1000));
    const range = `${isoSeconds(from)}--${isoSeconds(from + lengthMs)}`;
    const begin = performance.now();
    const answer = await fetch(url + address(range));
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${address(range)}: ${answer.status} ${text}`);
    took.push(performance.now() - begin);
  }
  return { value: took.sort((a, b) => a - b)[Math.ceil(asks * 0.99) - 1] ?? Number.NaN, unit: 'ms' as const };
}
