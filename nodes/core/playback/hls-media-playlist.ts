import { playlistSeconds, type SegmentLines } from './hls-segment-lines.ts';
import type { GapMode, PlaybackPlan } from './playback-plan.ts';
import type { PlayedTrack, Run } from './played-track.ts';

export interface MediaPlaylistOptions {
  track: PlayedTrack;
  gap: Exclude<GapMode, 'fail'>;
  lines: SegmentLines;
}

/**
 * A media playlist (RFC 8216) of one track: the segments as they lie in the store. Nothing is re-muxed.
 * A seam (hole, new timeline, new init segment) is a discontinuity with a date of its own, which every player understands;
 * EXT-X-GAP keeps the length of a hole, and is never the first entry: players get stuck there.
 */
export function mediaPlaylist(plan: Pick<PlaybackPlan, 'isGrowing'>, options: MediaPlaylistOptions): string {
  const { track, gap, lines: linesOf } = options;
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
  for (const run of track.runs) {
    if (before) {
      lines.push('#EXT-X-DISCONTINUITY');
      if (gap === 'mark') lines.push(...placeholders(before.endMs, run.startMs, targetMs));
    }
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(run.startMs).toISOString()}`);
    for (const segment of run.segments) lines.push(linesOf(segment));
    before = run;
  }
  if (!plan.isGrowing) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** Entries that no player loads (RFC 8216bis section 4.4.4.7), as long as the hole. */
function placeholders(fromMs: number, toMs: number, targetMs: number): string[] {
  const lines: string[] = [];
  for (let at = fromMs; at < toMs - 1; at += targetMs) {
    if (at === fromMs) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`);
    lines.push('#EXT-X-GAP', `#EXTINF:${playlistSeconds(Math.min(targetMs, toMs - at))},`, 'gap');
  }
  if (lines.length > 0) lines.push('#EXT-X-DISCONTINUITY');
  return lines;
}
