import HLS from 'hls-parser';
import type { Container, Track } from '../../../core/archive/track.ts';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import { absoluteAddress } from '../live/absolute-address.ts';
import type { ByteRange, ListedPart } from '../live/listed-part.ts';

// Strict, it refuses ordinary playlists (EXT-X-GAP with an old VERSION, EXTINF above the target); loud, it fills the log.
HLS.setOptions({ strictMode: false, silent: true });

export interface MediaList {
  kind: 'media';
  targetDurationMs: number;
  isEnded: boolean;
  segments: ListedPart[];
}

export type NamedTrack = Omit<Track, 'container'> & { url: string };

export interface MasterList {
  kind: 'master';
  /** The first is the main one. */
  tracks: NamedTrack[];
}

/**
 * Reads a playlist of RFC 8216. Rejects with SOURCE_INVALID, SOURCE_ENCRYPTED.
 *
 * @param url where it was found, for the relative addresses in it
 */
export function readPlaylist(text: string, url: string): MediaList | MasterList {
  const refuse = (reason: string, code = 'SOURCE_INVALID'): never => {
    throw new ReelflowError(code, `${redact(url)}: ${reason}`, { isRetryable: true });
  };
  if (!text.trimStart().startsWith('#EXTM3U')) return refuse('is not an HLS playlist');
  let playlist: ReturnType<typeof HLS.parse>;
  try {
    playlist = HLS.parse(text);
  } catch (error) {
    return refuse(`is not a readable HLS playlist: ${toReelflowError(error).message}`);
  }
  if (playlist.isMasterPlaylist) {
    const tracks = tracksOf(playlist as HLS.types.MasterPlaylist, url);
    return tracks.length > 0 ? { kind: 'master', tracks } : refuse('names no stream');
  }
  const media = playlist as HLS.types.MediaPlaylist;
  if (!(media.targetDuration > 0)) return refuse('has no EXT-X-TARGETDURATION');
  // The last one of a low-latency playlist has parts only and no address yet.
  const whole = media.segments.filter(({ uri, duration }) => uri && Number.isFinite(duration) && duration > 0);
  if (whole.some(({ key }) => key && key.method !== 'NONE')) {
    return refuse('its segments are encrypted; only clear ones can be archived', 'SOURCE_ENCRYPTED');
  }
  return {
    kind: 'media',
    targetDurationMs: media.targetDuration * 1000,
    isEnded: media.endlist,
    segments: whole.map((segment) => listedPart(segment, url)),
  };
}

function listedPart(segment: HLS.types.Segment, base: string): ListedPart {
  const { map } = segment;
  return {
    sequence: segment.mediaSequenceNumber,
    durationMs: Math.round(segment.duration * 1_000_000) / 1000,
    programDateTimeMs: segment.programDateTime?.getTime(),
    isDiscontinuity: segment.discontinuity ?? false,
    isGap: segment.gap ?? false,
    uri: segment.uri,
    url: absoluteAddress(segment.uri, base),
    range: rangeOf(segment.byterange),
    init: map?.uri ? { url: absoluteAddress(map.uri, base), range: rangeOf(map.byterange) } : undefined,
  };
}

function rangeOf(byterange: { offset: number; length: number } | undefined): ByteRange | undefined {
  return byterange ? { start: byterange.offset, end: byterange.offset + byterange.length } : undefined;
}

/** Which container a media playlist's segments are in. */
export function containerOf(list: MediaList): Container {
  const [first] = list.segments;
  if (first?.init) return 'fmp4';
  const path = first ? new URL(first.url).pathname : '';
  if (/\.(aac|ac3|ec3|mp3)$/i.test(path)) return 'packed';
  return /\.(vtt|webvtt)$/i.test(path) ? 'webvtt' : 'ts';
}

const renditionTypes = { AUDIO: 'audio', VIDEO: 'video', SUBTITLES: 'text' } as const;

/** One track for each address: a variant that is listed for several audio groups is the same stream. */
function tracksOf(master: HLS.types.MasterPlaylist, base: string): NamedTrack[] {
  const tracks = new Map<string, Omit<NamedTrack, 'rank'>>();
  const names = new Set<string>();
  const nameOnce = (wanted: string): string => {
    let name = wanted;
    for (let count = 2; names.has(name); count++) name = `${wanted}-${count}`;
    names.add(name);
    return name;
  };
  const variants = master.variants.filter(({ uri, isIFrameOnly }) => uri && !isIFrameOnly);
  for (const variant of variants) {
    const url = absoluteAddress(variant.uri, base);
    if (tracks.has(url)) continue;
    const { bandwidth, codecs, resolution, frameRate, audio } = variant;
    const isAudio = codecs !== undefined && !/avc|hvc|hev|vp0|av01|dvh/i.test(codecs) && !resolution;
    const isAlone = variants.length === 1;
    tracks.set(url, {
      track: nameOnce(isAlone ? 'main' : `${isAudio ? 'audio' : 'video'}-${Math.round(bandwidth / 1000)}k`),
      url,
      bandwidth,
      ...(codecs ? { codecs } : {}),
      ...(resolution ? { width: resolution.width, height: resolution.height } : {}),
      ...(frameRate ? { frameRate } : {}),
      ...(audio[0] ? { audioGroup: audio[0].groupId } : {}),
    });
  }
  for (const rendition of variants.flatMap(({ audio, video, subtitles }) => [...audio, ...video, ...subtitles])) {
    if (!rendition.uri) continue;
    const url = absoluteAddress(rendition.uri, base);
    if (tracks.has(url)) continue;
    const type = renditionTypes[rendition.type];
    const { groupId, name, language, isDefault } = rendition;
    tracks.set(url, {
      track: nameOnce(`${type}-${(language || name).toLowerCase().replace(/[^a-z0-9]+/g, '-')}`),
      url,
      rendition: { type, groupId, name, isDefault: isDefault ?? false, ...(language ? { language } : {}) },
    });
  }
  return [...tracks.values()].map((track, rank) => ({ ...track, rank }));
}
