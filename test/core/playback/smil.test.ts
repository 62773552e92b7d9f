import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk } from '../../../nodes/core/archive/chunk.ts';
import { smilChunks, writeSmil } from '../../../nodes/core/playback/smil.ts';
import { at, storedChunk } from './fixtures/stored.ts';

const minute = 60_000;
const chunks = (...starts: string[]): Chunk[] =>
  starts.map((start) => storedChunk(start, { channel: 'scte35', chunkMs: 5 * minute }).chunk);
const bucket = 'http://s3.eu-central-1.amazonaws.com/npvr-archiver-test';
const source = ({ objects }: Chunk) => `${bucket}/${objects[0]?.key.replace(/mp4$/, 'ismv')}`;
const range = (start: string, end: string) => ({ startMs: at(start), endMs: at(end) });
const starts = (found: readonly Chunk[]) => found.map(({ startMs }) => new Date(startMs).toISOString().slice(11, 16));

test('the example of the replaced service comes out as it was, to the letter', () => {
  const asked = range('2019-07-08T06:00:00Z', '2019-07-08T06:04:30Z');
  const found = smilChunks(asked, chunks('2019-07-08T05:55:00Z', '2019-07-08T06:00:00Z', '2019-07-08T06:05:00Z'));
  assert.equal(
    writeSmil(asked, found, { style: 'npvr', source }),
    `<?xml version='1.0' encoding='UTF-8'?>
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head/>
  <body>
    <seq>
      <video src="http://s3.eu-central-1.amazonaws.com/npvr-archiver-test/scte35/2019-07-08/2019-07-08T05:55:00Z--2019-07-08T06:00:00Z.ismv" clipBegin="wallclock(2019-07-08T06:00:00Z)"/>
      <video src="http://s3.eu-central-1.amazonaws.com/npvr-archiver-test/scte35/2019-07-08/2019-07-08T06:00:00Z--2019-07-08T06:05:00Z.ismv" clipEnd="wallclock(2019-07-08T06:04:30Z)"/>
    </seq>
  </body>
</smil>
`,
  );
});

test('the chunk before a boundary comes along, the one that begins at the end does not', () => {
  const there = chunks('2026-11-26T10:00:00Z', '2026-11-26T10:05:00Z', '2026-11-26T10:10:00Z', '2026-11-26T10:15:00Z');
  assert.deepEqual(starts(smilChunks(range('2026-11-26T10:05:00Z', '2026-11-26T10:10:00Z'), there)), [
    '10:00',
    '10:05',
  ]);
  assert.deepEqual(starts(smilChunks(range('2026-11-26T10:06:00Z', '2026-11-26T10:11:00Z'), there)), [
    '10:05',
    '10:10',
  ]);
});

test('nothing is clipped outside of what there is', () => {
  const asked = range('2026-11-26T09:30:00Z', '2026-11-26T10:20:00Z');
  const smil = writeSmil(asked, smilChunks(asked, chunks('2026-11-26T10:00:00Z', '2026-11-26T10:05:00Z')), {
    style: 'npvr',
    source,
  });
  assert.doesNotMatch(smil, /clip/);
});

test('the newer style has a sequence for each run without a hole, clips on it and none on its children', () => {
  const asked = range('2026-11-26T10:01:00Z', '2026-11-26T10:22:00Z');
  const there = chunks('2026-11-26T10:00:00Z', '2026-11-26T10:05:00Z', '2026-11-26T10:20:00Z');
  const smil = writeSmil(asked, smilChunks(asked, there), {
    style: 'continuous',
    source: ({ startMs }) => `${startMs}`,
  });
  assert.deepEqual(smil.match(/<seq [^>]*>/g), [
    '<seq isContinuous="true" clipBegin="wallclock(2026-11-26T10:01:00Z)" clipEnd="wallclock(2026-11-26T10:10:00Z)">',
    '<seq isContinuous="true" clipBegin="wallclock(2026-11-26T10:20:00Z)" clipEnd="wallclock(2026-11-26T10:22:00Z)">',
  ]);
  assert.doesNotMatch(smil, /<video [^>]*clip/);
});

test('a chunk before a boundary is no use when the one after it is missing', () => {
  const asked = range('2026-11-26T10:05:00Z', '2026-11-26T10:12:00Z');
  const there = chunks('2026-11-26T10:00:00Z', '2026-11-26T10:10:00Z');
  assert.deepEqual(starts(smilChunks(asked, there)), ['10:10']);
});

test('addresses are escaped as XML wants it', () => {
  const asked = range('2026-11-26T10:00:00Z', '2026-11-26T10:01:00Z');
  const smil = writeSmil(asked, chunks('2026-11-26T10:00:00Z'), { style: 'npvr', source: () => 'http://s/?a=1&b="2"' });
  assert.match(smil, /src="http:\/\/s\/\?a=1&amp;b=&quot;2&quot;"/);
});
