import type { Track } from '../archive/track.ts';
import { ReelflowError } from '../errors.ts';
import { xmlAttribute } from '../ingest/xml-text.ts';
import type { MediaStream } from './media-streams.ts';
import type { PlaybackPlan } from './playback-plan.ts';
import { type PlayedSegment, type PlayedTrack, peakBandwidth, type Run } from './played-track.ts';

/** Times of a manifest: microseconds. */
const timescale = 1_000_000;

/** Where a stretch of a track lies on the timelines of its own media. */
export interface Anchor {
  /** Wall clock of its first segment, epoch ms. */
  wallMs: number;
  streams: MediaStream[];
}

/** Addresses of one of the media in a track. */
export interface DashAddresses {
  init(segment: PlayedSegment, stream: MediaStream): string;
  /** With `$Time$` in it, see wallOfTime. */
  media(segment: PlayedSegment, stream: MediaStream): string;
}

/** One track of a Period. */
export interface AnchoredTrack {
  track: Track;
  segments: PlayedSegment[];
  anchor: Anchor;
}

export interface DashPeriod {
  run: Run;
  tracks: AnchoredTrack[];
}

/**
 * The Periods of a range: one for each run of the main track, with what the others have of that time on one timeline.
 *
 * Throws DASH_UNAVAILABLE where the media are not fragmented MP4.
 */
export function dashTracks({ tracks: [main, ...others] }: Pick<PlaybackPlan, 'tracks'>): {
  run: Run;
  tracks: { track: Track; segments: PlayedSegment[] }[];
}[] {
  if (main.track.container !== 'fmp4') {
    throw new ReelflowError('DASH_UNAVAILABLE', 'this channel is not in fragmented MP4, which DASH needs; use .m3u8');
  }
  const fragmented = others.filter(({ track }) => track.container === 'fmp4');
  return main.runs.map((run) => ({
    run,
    tracks: [
      { track: main.track, segments: run.segments },
      ...fragmented.flatMap((other) => {
        const segments = onOneTimeline(other, run);
        return segments.length > 0 ? [{ track: other.track, segments }] : [];
      }),
    ],
  }));
}

/** A hole does not end a timeline; a discontinuity and another init segment do. */
function onOneTimeline({ runs }: PlayedTrack, period: Run): PlayedSegment[] {
  const inside = runs
    .flatMap(({ segments }) => segments)
    .filter(({ startMs, durationMs }) => {
      const middle = startMs + durationMs / 2;
      return middle >= period.startMs && middle < period.endMs;
    });
  const reset = inside.findIndex(
    (segment, index) => index > 0 && (segment.isDiscontinuity || segment.init?.sha256 !== inside[0]?.init?.sha256),
  );
  return reset < 0 ? inside : inside.slice(0, reset);
}

/** An MPD (ISO/IEC 23009-1) with SegmentTemplate and SegmentTimeline: every segment has an address of its own. */
export function dashManifest(
  plan: Pick<PlaybackPlan, 'isGrowing' | 'delivered' | 'asked'>,
  periods: readonly DashPeriod[],
  addresses: DashAddresses,
  options: { keepsLength: boolean; now: number },
): string {
  const longestMs = Math.max(
    1000,
    ...periods.map(({ run }) => run.segments.reduce((most, { durationMs }) => Math.max(most, durationMs), 0)),
  );
  const totalMs = options.keepsLength
    ? plan.delivered.endMs - plan.delivered.startMs
    : periods.reduce((sum, { run }) => sum + run.endMs - run.startMs, 0);
  const head = plan.isGrowing
    ? ` type="dynamic" availabilityStartTime="${new Date(plan.delivered.startMs).toISOString()}"` +
      ` publishTime="${new Date(options.now).toISOString()}" minimumUpdatePeriod="${duration(longestMs)}"`
    : ` type="static" mediaPresentationDuration="${duration(totalMs)}"`;
  // A running manifest places its Periods on the clock; an ended one only has to keep holes where it is asked to.
  const isPlaced = plan.isGrowing || options.keepsLength;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"' +
      `${head} minBufferTime="${duration(2 * longestMs)}">`,
    ...periods.flatMap((period, index) => {
      const { startMs, endMs } = period.run;
      const start = isPlaced ? ` start="${duration(startMs - plan.delivered.startMs)}"` : '';
      return [
        `  <Period id="${index}"${start} duration="${duration(endMs - startMs)}">`,
        ...adaptationSets(period.tracks, addresses),
        '  </Period>',
      ];
    }),
    '</MPD>',
    '',
  ].join('\n');
}

/**
 * Wall clock of the segment that a manifest's `$Time$` names.
 *
 * @param anchor where the manifest's times lie on the clock: a wall clock (epoch ms) and the media's time at it
 */
export function wallOfTime(time: number, anchor: { wallMs: number; mediaSeconds: number }): number {
  return anchor.wallMs + (time / timescale - anchor.mediaSeconds) * 1000;
}

interface Representation extends AnchoredTrack {
  stream: MediaStream;
}

/** The rungs of a ladder are one set, and so is the sound that goes with them; each rendition is one of its own. */
function adaptationSets(tracks: readonly AnchoredTrack[], addresses: DashAddresses): string[] {
  const all = tracks.flatMap((one) => one.anchor.streams.map((stream): Representation => ({ ...one, stream })));
  const sets = Map.groupBy(all, ({ track, stream }) => `${stream.kind} ${track.rendition ? track.track : ''}`);
  return [...sets.values()].flatMap((set) => {
    const [first] = set;
    const language = first?.track.rendition?.language;
    const kind = first?.stream.kind ?? 'video';
    return [
      `    <AdaptationSet contentType="${kind}" mimeType="${kind}/mp4"` +
        `${language === undefined ? '' : ` lang="${xmlAttribute(language)}"`} segmentAlignment="true" startWithSAP="1">`,
      ...set.flatMap((one) => representation(one, addresses)),
      '    </AdaptationSet>',
    ];
  });
}

function representation({ track, segments, anchor, stream }: Representation, addresses: DashAddresses): string[] {
  const [first] = segments;
  if (!first) return [];
  const { width, height, frameRate } = track;
  const bandwidth = track.bandwidth ?? peakBandwidth(segments);
  const isPicture = stream.kind === 'video';
  const figures = [
    `id="${xmlAttribute(track.track)}-${stream.id}" bandwidth="${bandwidth}" codecs="${xmlAttribute(stream.codec)}"`,
    ...(isPicture && width !== undefined && height !== undefined ? [`width="${width}" height="${height}"`] : []),
    ...(isPicture && frameRate !== undefined ? [`frameRate="${Math.round(frameRate * 1000)}/1000"`] : []),
  ];
  const addressed =
    `initialization="${xmlAttribute(addresses.init(first, stream))}"` +
    ` media="${xmlAttribute(addresses.media(first, stream))}"`;
  return [
    `      <Representation ${figures.join(' ')}>`,
    `        <SegmentTemplate timescale="${timescale}" presentationTimeOffset="${ticks(stream.mediaSeconds)}" ${addressed}>`,
    '          <SegmentTimeline>',
    ...timelineOf(segments, anchor.wallMs, stream.mediaSeconds).map((line) => `            ${line}`),
    '          </SegmentTimeline>',
    '        </SegmentTemplate>',
    '      </Representation>',
  ];
}

/** Equal durations in a row are one entry. */
function timelineOf(segments: readonly PlayedSegment[], wallMs: number, mediaSeconds: number): string[] {
  const entries: { t: number; d: number; r: number }[] = [];
  for (const segment of segments) {
    const t = ticks(mediaSeconds + (segment.startMs - wallMs) / 1000);
    const d = ticks(segment.durationMs / 1000);
    const last = entries.at(-1);
    if (last && last.d === d && last.t + (last.r + 1) * last.d === t) last.r += 1;
    else entries.push({ t, d, r: 0 });
  }
  return entries.map(({ t, d, r }) => `<S t="${t}" d="${d}"${r > 0 ? ` r="${r}"` : ''}/>`);
}

function ticks(seconds: number): number {
  return Math.round(seconds * timescale);
}

function duration(ms: number): string {
  return `PT${(Math.max(0, ms) / 1000).toFixed(3)}S`;
}
