import type { Track } from '../archive/track.ts';
import { ReelflowError } from '../errors.ts';
import { xmlAttribute } from '../ingest/xml-text.ts';
import type { PlaybackPlan } from './playback-plan.ts';
import { type PlayedSegment, type PlayedTrack, peakBandwidth, type Run } from './played-track.ts';

/** Times of a manifest: microseconds. */
const timescale = 1_000_000;

/** Where a stretch of a track lies on the timeline of its own media. */
export interface Anchor {
  /** Wall clock of its first segment, epoch ms. */
  wallMs: number;
  /** Decode time of it, seconds. */
  mediaSeconds: number;
  /** RFC 6381, where the archive does not know them. */
  codecs: string;
}

export interface DashAddresses {
  init(segment: PlayedSegment): string;
  /** With `$Time$` in it, see wallOfTime. */
  media(track: string, anchor: Anchor): string;
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

/** Wall clock of the segment that a manifest's `$Time$` names. */
export function wallOfTime(time: number, { wallMs, mediaSeconds }: Omit<Anchor, 'codecs'>): number {
  return wallMs + (time / timescale - mediaSeconds) * 1000;
}

function adaptationSets(tracks: readonly AnchoredTrack[], addresses: DashAddresses): string[] {
  const ladder = tracks.filter(({ track }) => track.rendition === undefined);
  const renditions = tracks.filter(({ track }) => track.rendition !== undefined);
  return [...(ladder.length > 0 ? [ladder] : []), ...renditions.map((one) => [one])].flatMap((set) => {
    const { rendition, width } = set[0]?.track ?? {};
    const kind = rendition?.type ?? (width === undefined && isSound(set[0]) ? 'audio' : 'video');
    const language = rendition?.language === undefined ? '' : ` lang="${xmlAttribute(rendition.language)}"`;
    return [
      `    <AdaptationSet contentType="${kind}" mimeType="${kind}/mp4"${language} segmentAlignment="true" startWithSAP="1">`,
      ...set.flatMap((one) => representation(one, addresses)),
      '    </AdaptationSet>',
    ];
  });
}

function isSound(one: AnchoredTrack | undefined): boolean {
  const kinds = one?.segments[0]?.kinds ?? [];
  return kinds.length > 0 && kinds.every((kind) => kind === 'audio');
}

function representation({ track, segments, anchor }: AnchoredTrack, addresses: DashAddresses): string[] {
  const [first] = segments;
  if (!first) return [];
  const { width, height, frameRate } = track;
  const codecs = track.codecs ?? anchor.codecs;
  const bandwidth = track.bandwidth ?? peakBandwidth(segments);
  const figures = [
    `id="${xmlAttribute(track.track)}" bandwidth="${bandwidth}"`,
    ...(codecs === '' ? [] : [`codecs="${xmlAttribute(codecs)}"`]),
    ...(width === undefined || height === undefined ? [] : [`width="${width}" height="${height}"`]),
    ...(frameRate === undefined ? [] : [`frameRate="${Math.round(frameRate * 1000)}/1000"`]),
  ];
  const offset = ticks(anchor.mediaSeconds);
  return [
    `      <Representation ${figures.join(' ')}>`,
    `        <SegmentTemplate timescale="${timescale}" presentationTimeOffset="${offset}"` +
      ` initialization="${xmlAttribute(addresses.init(first))}" media="${xmlAttribute(addresses.media(track.track, anchor))}">`,
    '          <SegmentTimeline>',
    ...timelineOf(segments, anchor).map((line) => `            ${line}`),
    '          </SegmentTimeline>',
    '        </SegmentTemplate>',
    '      </Representation>',
  ];
}

/** Equal durations in a row are one entry. */
function timelineOf(segments: readonly PlayedSegment[], { wallMs, mediaSeconds }: Anchor): string[] {
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
