import { ReelflowError } from '../errors.ts';
import type { Span } from './chunk.ts';
import type { Container } from './track.ts';

const extensions: Record<Container, string> = { fmp4: 'mp4', ts: 'ts', packed: 'aac', webvtt: 'vtt' };
const mimeTypes: Record<Container, string> = {
  fmp4: 'video/mp4',
  ts: 'video/mp2t',
  packed: 'audio/aac',
  webvtt: 'text/vtt',
};

export function mimeTypeOf(container: Container): string {
  return mimeTypes[container];
}

/** `2026-11-21T10:15:00Z`; with milliseconds only where there are some. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Everything of a channel lies below. */
export function channelPrefix(channel: string): string {
  return `${channel}/`;
}

/** `{channel}/{day of the start}/{start}--{end}`, UTC: the layout of the replaced service. */
export function chunkStem(channel: string, { startMs, endMs }: Span): string {
  const start = isoSeconds(startMs);
  return `${channelPrefix(channel)}${start.slice(0, 10)}/${start}--${isoSeconds(endMs)}`;
}

/**
 * Key of a track's object: the main one ends in `.mp4` or `.ts`, others have their track before it. What takes the place
 * of another content has a `version` above 1 and a key of its own: nobody writes over bytes that the index names.
 */
export function objectKey(stem: string, track: string, container: Container, isMain: boolean, version = 1): string {
  return `${stem}${version > 1 ? `.${version}` : ''}${isMain ? '' : `.${track}`}.${extensions[container]}`;
}

/** Key of the file that says what is in the objects beside it. */
export function sidecarKey(stem: string): string {
  return `${stem}.json`;
}

export interface ParsedKey extends Span {
  channel: string;
  /** Beyond the stem: `.mp4`, `.audio-en.mp4`, `.2.mp4`, `.json`. */
  rest: string;
}

/** Undefined for what is not ours. */
export function parseKey(key: string): ParsedKey | undefined {
  const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z`;
  const match = new RegExp(`^([^/]+)/\\d{4}-\\d\\d-\\d\\d/(${instant})--(${instant})(\\..+)$`).exec(key);
  if (!match) return undefined;
  const [, channel = '', start = '', end = '', rest = ''] = match;
  const startMs = Date.parse(start);
  const endMs = Date.parse(end);
  return Number.isNaN(startMs) || !(endMs > startMs) ? undefined : { channel, startMs, endMs, rest };
}

const channelName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Throws CHANNEL_INVALID: a name is part of paths, topics and addresses. */
export function checkChannelName(name: string): void {
  if (channelName.test(name)) return;
  throw new ReelflowError(
    'CHANNEL_INVALID',
    'name: 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit',
    { field: 'name' },
  );
}
