import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masterPlaylist } from '../../../nodes/core/playback/hls-master-playlist.ts';
import { mediaPlaylist } from '../../../nodes/core/playback/hls-media-playlist.ts';
import { byteRangeLines, encryptedLines } from '../../../nodes/core/playback/hls-segment-lines.ts';
import { planPlayback } from '../../../nodes/core/playback/playback-plan.ts';
import { at, stored, storedChunk } from './fixtures/stored.ts';

const first = at('2026-11-26T10:00:00Z');
const asked = { startMs: first, endMs: first + 20_000, isOpen: false };

function playlist(parts: ReturnType<typeof stored>, gap: 'skip' | 'mark' = 'skip'): string {
  const plan = planPlayback({ channel: 'bar', asked, ...parts, now: first + 60_000 });
  const lines = byteRangeLines(({ chunkStartMs }) => `o/${chunkStartMs - first}`);
  return mediaPlaylist(plan, { track: plan.tracks[0], gap, lines });
}

test('byte ranges of the objects, one map for each, dated, ended', () => {
  assert.equal(
    playlist(stored(storedChunk(first, { segmentMs: 5000 }), storedChunk(first + 10_000, { segmentMs: 5000 }))),
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-11-26T10:00:00.000Z
#EXT-X-MAP:URI="o/0",BYTERANGE="100@0"
#EXTINF:5.000,
#EXT-X-BYTERANGE:1000@100
o/0
#EXTINF:5.000,
#EXT-X-BYTERANGE:1000@1100
o/0
#EXT-X-MAP:URI="o/10000",BYTERANGE="100@0"
#EXTINF:5.000,
#EXT-X-BYTERANGE:1000@100
o/10000
#EXTINF:5.000,
#EXT-X-BYTERANGE:1000@1100
o/10000
#EXT-X-ENDLIST
`,
  );
});

test('encrypted: every piece has an address, its key and its vector; the init segment too', () => {
  const parts = stored(storedChunk(first, { segmentMs: 5000 }), storedChunk(first + 3_590_000, { segmentMs: 10_000 }));
  const later = stored(storedChunk(first + 3_600_000, { segmentMs: 10_000 }));
  const range = { ...asked, endMs: first + 7200_000 };
  const plan = planPlayback({
    ...{ channel: 'bar', asked: range, now: first + 9_000_000 },
    chunks: [...parts.chunks, ...later.chunks],
    segments: [...parts.segments, ...later.segments],
  });
  const lines = encryptedLines(
    { ivs: () => (offset) => Buffer.from([offset >> 8, offset & 255]) },
    {
      key: (period) => `k/${(period - first) / 3600_000}`,
      pieces:
        ({ chunkStartMs }) =>
        ({ offset, length }) =>
          `o/${(chunkStartMs - first) / 1000}/${offset}-${length}`,
    },
  );
  const text = mediaPlaylist(plan, { track: plan.tracks[0], gap: 'skip', lines });
  assert.equal(
    text.slice(text.indexOf('#EXT-X-PROGRAM')),
    `#EXT-X-PROGRAM-DATE-TIME:2026-11-26T10:00:00.000Z
#EXT-X-KEY:METHOD=AES-128,URI="k/0",IV=0x0000
#EXT-X-MAP:URI="o/0/0-100"
#EXT-X-KEY:METHOD=AES-128,URI="k/0",IV=0x0064
#EXTINF:5.000,
o/0/100-1000
#EXT-X-KEY:METHOD=AES-128,URI="k/0",IV=0x044c
#EXTINF:5.000,
o/0/1100-1000
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-26T10:59:50.000Z
#EXT-X-KEY:METHOD=AES-128,URI="k/0",IV=0x0000
#EXT-X-MAP:URI="o/3590/0-100"
#EXT-X-KEY:METHOD=AES-128,URI="k/0",IV=0x0064
#EXTINF:10.000,
o/3590/100-1000
#EXT-X-KEY:METHOD=AES-128,URI="k/1",IV=0x0000
#EXT-X-MAP:URI="o/3600/0-100"
#EXT-X-KEY:METHOD=AES-128,URI="k/1",IV=0x0064
#EXTINF:10.000,
o/3600/100-1000
#EXT-X-ENDLIST
`,
  );
});

test('a hole is one discontinuity with a date; marked, it keeps its length', () => {
  const parts = stored(storedChunk(first, { without: [2, 3] }), storedChunk(first + 10_000));
  const skipped = playlist(parts);
  assert.equal(skipped.match(/#EXT-X-DISCONTINUITY/g)?.length, 1);
  assert.match(skipped, /DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-11-26T10:00:08.000Z\n/);
  const marked = playlist(parts, 'mark');
  assert.equal(marked.match(/#EXT-X-GAP\n#EXTINF:2.000,\ngap/g)?.length, 2);
});

test('no playlist begins with a gap', () => {
  const marked = playlist(stored(storedChunk(first, { without: [0, 1] }), storedChunk(first + 10_000)), 'mark');
  assert.doesNotMatch(marked, /#EXT-X-GAP/);
});

test('a transport stream needs no map', () => {
  assert.doesNotMatch(playlist(stored(storedChunk(first, { container: 'ts' }))), /#EXT-X-MAP/);
});

test('the ladder and its separate sound are offered as the source offered them', () => {
  const rendition = { type: 'audio', groupId: 'aac', name: 'English', language: 'en', isDefault: true } as const;
  const tracks = [
    { track: 'v1', bandwidth: 3_000_000, width: 1280, height: 720, codecs: 'avc1.64001F,mp4a.40.2', audioGroup: 'aac' },
    { track: 'v2', bandwidth: 800_000, audioGroup: 'aac' },
    { track: 'a', rendition },
  ];
  const plan = planPlayback({ channel: 'bar', asked, ...stored(storedChunk(first, { tracks })), now: first + 60_000 });
  assert.equal(
    masterPlaylist(plan, (track) => `${track}.m3u8`),
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001F,mp4a.40.2",RESOLUTION=1280x720,AUDIO="aac"
v1.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO="aac"
v2.m3u8
`,
  );
});
