import { setImmediate as letOthersRun } from 'node:timers/promises';
import { DOMParser } from '@xmldom/xmldom';
import { inheritAttributes, type RepresentationInfo, type SegmentTemplateAttributes } from 'mpd-parser';
import type { TimedSegment } from '../../../core/archive/segment-timeline.ts';
import type { Container, Track, TrackKind } from '../../../core/archive/track.ts';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import { absoluteAddress } from '../live/absolute-address.ts';
import type { ListedPart } from '../live/listed-part.ts';
import { type Availability, segmentRuns } from './segment-runs.ts';
import { type TimelineEntry, takeTimelines } from './taken-timelines.ts';
import { templateSegments } from './template-segments.ts';

export interface MpdTrack {
  named: Omit<Track, 'container'>;
  container: Container;
  /** In the order of time. */
  segments: TimedSegment<ListedPart>[];
}

export interface Presentation {
  /** Nothing more will come. */
  isEnded: boolean;
  /** Epoch ms from which its times count. */
  startsAt: number;
  /** Where it is to be read from now on. */
  location: string | undefined;
  targetDurationMs: number;
  /** The first is the main one. */
  tracks: Map<string, MpdTrack>;
}

/** The last day that a Date can hold. */
const latestMs = 8.64e15;
const kinds: readonly TrackKind[] = ['video', 'audio', 'text'];
const containers: Readonly<Record<string, Container>> = { mp4: 'fmp4', 'iso.segment': 'fmp4', mp2t: 'ts' };

export interface ReadingOfMpd {
  /** Where it was found, for the relative addresses in it. */
  url: string;
  now: number;
  /** What an earlier look found for `startsAt`: when a live presentation ends it no longer says so. */
  startedAt: number | undefined;
  /** Timelines of an earlier look by their text: most of them are the same in the next. */
  known: Map<string, TimelineEntry[]>;
}

/**
 * Reads a live MPD (ISO/IEC 23009-1) whose segments are addressed by templates. However long it is, others run in between.
 * Rejects with SOURCE_INVALID, SOURCE_ENCRYPTED.
 */
export async function readMpd(text: string, { url, now, startedAt, known }: ReadingOfMpd): Promise<Presentation> {
  const refuse = (reason: string, code = 'SOURCE_INVALID'): never => {
    throw new ReelflowError(code, `${redact(url)}: ${reason}`, { isRetryable: true });
  };
  const { rest, timelines } = await takeTimelines(text, known);
  const { locations, representationInfo } = parse(rest, url, now, refuse);
  const infos = representationInfo.filter((info) => kindOf(info) !== undefined);
  const [first] = infos;
  if (!first) return refuse('names no stream');
  const startsAt =
    first.attributes.availabilityStartTime === undefined ? startedAt : first.attributes.availabilityStartTime * 1000;
  if (startsAt === undefined || Number.isNaN(startsAt)) {
    return refuse('is no live presentation: it has no availabilityStartTime');
  }
  const tracks = new Map<string, MpdTrack>();
  for (const period of periodsOf(infos)) {
    for (const named of namedIn(period)) {
      addTo(tracks, named, { url, now, startsAt, period, timelines, refuse });
      await letOthersRun();
    }
  }
  const lengths = [...tracks.values()].flatMap(({ segments }) =>
    segments.slice(-10).map(({ listed }) => listed.durationMs),
  );
  return {
    isEnded: first.attributes.type === 'static',
    startsAt,
    location: locations?.[0] === undefined ? undefined : absoluteAddress(locations[0], url),
    targetDurationMs: Math.max(...lengths, 1000),
    tracks: new Map([...tracks].map(([name, one], rank) => [name, { ...one, named: { ...one.named, rank } }])),
  };
}

function parse(text: string, url: string, now: number, refuse: (reason: string, code?: string) => never) {
  try {
    // It would write to the console by itself.
    const fail = (message: unknown): never => refuse(`is not readable XML: ${String(message).split('\n')[0]}`);
    const parser = new DOMParser({ errorHandler: { warning: () => {}, error: fail, fatalError: fail } });
    const root = parser.parseFromString(text, 'application/xml').documentElement;
    if (root?.tagName !== 'MPD') return refuse('is not a DASH manifest (MPD)');
    if (root.getElementsByTagName('ContentProtection').length > 0) {
      return refuse('its segments are encrypted; only clear ones can be archived', 'SOURCE_ENCRYPTED');
    }
    return inheritAttributes(root, { manifestUri: url, NOW: now });
  } catch (error) {
    if (error instanceof ReelflowError) throw error;
    return refuse(`is not a readable DASH manifest: ${toReelflowError(error).message}`);
  }
}

interface Period {
  startS: number;
  endS: number | undefined;
  infos: RepresentationInfo[];
}

/** In the order of time. */
function periodsOf(infos: readonly RepresentationInfo[]): Period[] {
  const byStart = Map.groupBy(infos, ({ attributes }) => attributes.periodStart ?? 0);
  const starts = [...byStart.keys()].sort((a, b) => a - b);
  return starts.map((startS, index) => {
    const own = byStart.get(startS) ?? [];
    const lasts = own[0]?.attributes.periodDuration;
    return { startS, endS: lasts === undefined ? starts[index + 1] : startS + lasts, infos: own };
  });
}

function kindOf({ attributes: { contentType, mimeType = '' } }: RepresentationInfo): TrackKind | undefined {
  const word = contentType ?? (mimeType === 'application/mp4' ? 'text' : mimeType.split('/')[0]);
  return kinds.find((kind) => kind === word);
}

interface NamedRepresentation {
  track: string;
  kind: TrackKind;
  /** The one of its kind that is played when nobody chooses. */
  isDefault: boolean;
  info: RepresentationInfo;
}

/**
 * Names that are the same in each period and after each restart, whatever its bit rates: `video` is the best picture,
 * `video-2` the next; sound and text are counted for each language.
 */
function namedIn({ infos }: Period): NamedRepresentation[] {
  const counts = new Map<string, number>();
  const known = new Set<string>();
  return kinds.flatMap((kind) => {
    const ofKind = infos.filter((info) => kindOf(info) === kind);
    // The parser names a representation once for each of several addresses that it may be had from.
    const once = ofKind.filter(({ attributes: { id } }) => id === undefined || (!known.has(id) && known.add(id)));
    const sorted = once.toSorted((a, b) => (b.attributes.bandwidth ?? 0) - (a.attributes.bandwidth ?? 0));
    return sorted.map((info, index) => {
      const language = info.attributes.lang?.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      const base = kind === 'video' || !language ? kind : `${kind}-${language}`;
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      return { track: count === 1 ? base : `${base}-${count}`, kind, isDefault: index === 0 && kind === 'audio', info };
    });
  });
}

interface Surroundings {
  url: string;
  now: number;
  startsAt: number;
  period: Period;
  timelines: TimelineEntry[][];
  refuse: (reason: string, code?: string) => never;
}

function addTo(tracks: Map<string, MpdTrack>, representation: NamedRepresentation, around: Surroundings): void {
  const { track, kind, info } = representation;
  const { mimeType } = info.attributes;
  const container = containers[mimeType?.split('/')[1] ?? ''];
  if (container && info.segmentInfo.template) {
    const segments = tracks.get(track)?.segments ?? [];
    for (const segment of segmentsOf(info, info.segmentInfo.template, around)) segments.push(segment);
    tracks.set(track, { named: describe(representation), container, segments });
    return;
  }
  // Subtitles in one file beside the programme are nothing that is live.
  if (kind === 'text') return;
  around.refuse(
    container
      ? `its ${kind} is addressed by ${otherAddressing(info)}, and only a SegmentTemplate is read here; the source kind "stream" lets FFmpeg read it`
      : `its ${kind} is ${mimeType ?? 'of no known type'}; only MP4 and MPEG-TS segments can be archived`,
  );
}

function otherAddressing({ segmentInfo: { list, base } }: RepresentationInfo): string {
  return list ? 'a SegmentList' : base ? 'a SegmentBase' : 'a BaseURL alone';
}

function describe({ track, kind, isDefault, info }: NamedRepresentation): MpdTrack['named'] {
  const { bandwidth, codecs, width, height, frameRate, lang, label } = info.attributes;
  return {
    track,
    rank: 0,
    ...(bandwidth ? { bandwidth } : {}),
    ...(codecs ? { codecs } : {}),
    ...(width ? { width } : {}),
    ...(height ? { height } : {}),
    ...(frameRate ? { frameRate } : {}),
    ...(kind === 'video' ? { audioGroup: 'audio' } : {}),
    ...(kind === 'video'
      ? {}
      : {
          rendition: {
            type: kind,
            groupId: kind,
            name: label ?? track,
            isDefault,
            ...(lang ? { language: lang } : {}),
          },
        }),
  };
}

function segmentsOf(
  { attributes, segmentInfo: { segmentTimeline } }: RepresentationInfo,
  template: SegmentTemplateAttributes,
  { url, now, startsAt, period, timelines, refuse }: Surroundings,
): MpdTrack['segments'] {
  checkTemplate(template, refuse);
  const isStatic = attributes.type === 'static';
  const available: Availability = {
    now: isStatic ? Number.POSITIVE_INFINITY : (now - startsAt) / 1000,
    periodStart: period.startS,
    periodEnd: period.endS,
    depth: isStatic ? Number.POSITIVE_INFINITY : (attributes.timeShiftBufferDepth ?? Number.POSITIVE_INFINITY),
  };
  const [taken] = segmentTimeline ?? [];
  const timeline = taken ? timelines[Number(taken.taken)] : segmentTimeline && [];
  if (taken && !timeline) return refuse('its SegmentTimeline has more in it than plain S elements');
  const segments = templateSegments(segmentRuns(template, timeline, available), {
    template,
    values: { RepresentationID: attributes.id ?? '', Bandwidth: attributes.bandwidth ?? 0 },
    base: absoluteAddress(attributes.baseUrl, url),
    startsAt,
    periodStartMs: period.startS * 1000,
  });
  for (const at of [segments[0]?.startMs ?? 0, segments.at(-1)?.endMs ?? 0]) {
    if (!(at >= 0 && at <= latestMs)) return refuse('its segments lie at times that no calendar has');
  }
  return segments;
}

/** What is no number there has become NaN. */
function checkTemplate(template: SegmentTemplateAttributes, refuse: Surroundings['refuse']): void {
  const { timescale = 1, presentationTimeOffset = 0, startNumber = 1 } = template;
  if (!(timescale > 0)) refuse("its SegmentTemplate's timescale is not a number above 0");
  for (const [name, value] of Object.entries({ presentationTimeOffset, startNumber })) {
    if (!Number.isFinite(value)) refuse(`its SegmentTemplate's ${name} is not a number`);
  }
}
