import type { Init } from '../archive/chunk.ts';
import type { GapMode, PlaybackPlan } from './playback-plan.ts';
import type { PlayedSegment, PlayedTrack, Run } from './played-track.ts';

/** Address of a segment's object, as it is to stand in the playlist. */
export type ObjectAddress = (segment: PlayedSegment) => string;

export interface MediaPlaylistOptions {
  track: PlayedTrack;
  gap: Exclude<GapMode, 'fail'>;
  object: ObjectAddress;
}

/**
 * A media playlist (RFC 8216) of one track: byte ranges of the objects as they lie in the store. Nothing is re-muxed.
 * A seam (hole, new timeline, new init segment) is a discontinuity with a date of its own, which every player understands;
 * EXT-X-GAP keeps the length of a hole, and is never the first entry: players get stuck there.
 */
export function mediaPlaylist(plan: Pick<PlaybackPlan, 'isGrowing'>, options: MediaPlaylistOptions): string {
  const { track, gap, object } = options;
  const targetMs = Math.max(1000, track.longestMs);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.round(targetMs / 1000)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${plan.isGrowing ? 'EVENT' : 'VOD'}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let before: Run | undefined;
  const map = new MapLine();
  // A day has some ten thousand segments in some hundred objects, nearly all of the same length.
  const uriOf = remembered((segment: PlayedSegment) => segment.object, object);
  const lengthOf = remembered(
    (segment: PlayedSegment) => segment.durationMs,
    ({ durationMs }) => seconds(durationMs),
  );
  for (const run of track.runs) {
    if (before) {
      lines.push('#EXT-X-DISCONTINUITY');
      if (gap === 'mark') lines.push(...placeholders(before.endMs, run.startMs, targetMs));
    }
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(run.startMs).toISOString()}`);
    for (const segment of run.segments) {
      const uri = uriOf(segment);
      const head = map.of(segment.init, uri);
      if (head !== undefined) lines.push(head);
      lines.push(`#EXTINF:${lengthOf(segment)},`, `#EXT-X-BYTERANGE:${segment.length}@${segment.offset}`, uri);
    }
    before = run;
  }
  if (!plan.isGrowing) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** EXT-X-MAP where the init segment or the object it is read from is another one than before. */
class MapLine {
  #init: Init | undefined;
  #uri = '';

  of(init: Init | undefined, uri: string): string | undefined {
    if (!init || (init === this.#init && uri === this.#uri)) return undefined;
    this.#init = init;
    this.#uri = uri;
    return `#EXT-X-MAP:URI="${uri}",BYTERANGE="${init.length}@${init.offset}"`;
  }
}

/** Makes anew only what depends on another key than the one before. */
function remembered<Key>(keyOf: (of: PlayedSegment) => Key, make: (of: PlayedSegment) => string) {
  let key: Key | undefined;
  let made: string | undefined;
  return (of: PlayedSegment): string => {
    const next = keyOf(of);
    if (made === undefined || next !== key) made = make(of);
    key = next;
    return made;
  };
}

/** Entries that no player loads (RFC 8216bis section 4.4.4.7), as long as the hole. */
function placeholders(fromMs: number, toMs: number, targetMs: number): string[] {
  const lines: string[] = [];
  for (let at = fromMs; at < toMs - 1; at += targetMs) {
    if (at === fromMs) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`);
    lines.push('#EXT-X-GAP', `#EXTINF:${seconds(Math.min(targetMs, toMs - at))},`, 'gap');
  }
  if (lines.length > 0) lines.push('#EXT-X-DISCONTINUITY');
  return lines;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6).replace(/(\.\d{3}\d*?)0+$/, '$1');
}
