import type { Track } from '../archive/track.ts';
import type { PlaybackPlan } from './playback-plan.ts';
import { type PlayedTrack, peakBandwidth } from './played-track.ts';

/** Whether a range has more than one playlist, so that a master playlist has to name them. */
export function needsMaster({ tracks }: Pick<PlaybackPlan, 'tracks'>): boolean {
  return tracks.length > 1;
}

/**
 * A master playlist (RFC 8216 section 4.3.4): the ladder and the renditions as the source offered them.
 *
 * @param address of a track's media playlist
 */
export function masterPlaylist({ tracks }: Pick<PlaybackPlan, 'tracks'>, address: (track: string) => string): string {
  const renditions = tracks.filter(({ track }) => track.rendition !== undefined);
  const variants = tracks.filter(({ track }) => track.rendition === undefined);
  const groups = new Set(renditions.map(({ track }) => track.rendition?.groupId));
  // Only separate sound is left of the range: it is a programme too.
  const played = variants.length > 0 ? variants : renditions;
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (variants.length > 0) lines.push(...renditions.map(({ track }) => mediaLine(track, address(track.track))));
  for (const one of played) lines.push(variantLine(one, groups, variants.length > 0), address(one.track.track));
  return `${lines.join('\n')}\n`;
}

function mediaLine({ rendition }: Track, uri: string): string {
  if (!rendition) return '';
  const { type, groupId, name, language, isDefault } = rendition;
  const kind = type === 'text' ? 'SUBTITLES' : type.toUpperCase();
  return `#EXT-X-MEDIA:${attributes({
    TYPE: kind,
    'GROUP-ID': quoted(groupId),
    NAME: quoted(name),
    ...(language === undefined ? {} : { LANGUAGE: quoted(language) }),
    DEFAULT: isDefault ? 'YES' : 'NO',
    AUTOSELECT: 'YES',
    URI: quoted(uri),
  })}`;
}

function variantLine(
  { track, runs }: PlayedTrack,
  groups: ReadonlySet<string | undefined>,
  hasGroups: boolean,
): string {
  const { bandwidth, codecs, width, height, frameRate, audioGroup } = track;
  return `#EXT-X-STREAM-INF:${attributes({
    BANDWIDTH: String(bandwidth ?? peakBandwidth(runs.flatMap(({ segments }) => segments))),
    ...(codecs === undefined ? {} : { CODECS: quoted(codecs) }),
    ...(width === undefined || height === undefined ? {} : { RESOLUTION: `${width}x${height}` }),
    ...(frameRate === undefined ? {} : { 'FRAME-RATE': frameRate.toFixed(3) }),
    ...(hasGroups && audioGroup !== undefined && groups.has(audioGroup) ? { AUDIO: quoted(audioGroup) } : {}),
  })}`;
}

function attributes(list: Readonly<Record<string, string>>): string {
  return Object.entries(list)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** A quoted string of RFC 8216 section 4.2 has no way to hold these. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\r\n]/g, "'")}"`;
}
