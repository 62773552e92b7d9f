import type { ChannelJson } from './archive-types.ts';
import type { Stretch } from './timeline.ts';

/** Addresses have whole seconds: nothing of what was chosen is cut off. */
export function wholeSeconds({ from, to }: Stretch): Stretch {
  return { from: Math.floor(from / 1000) * 1000, to: Math.ceil(to / 1000) * 1000 };
}

/** `2026-11-21T10:00:00Z--2026-11-21T10:05:00Z`; without an end it goes on: `--now`. */
export function rangeText({ from, to }: { from: number; to?: number | undefined }): string {
  const text = (at: number) => new Date(at).toISOString().replace(/\.\d+/, '');
  return `${text(from)}--${to === undefined ? 'now' : text(to)}`;
}

export function playlistPath(channel: string, range: string): string {
  return `/archive/${encodeURIComponent(channel)}/${range}.m3u8`;
}

export function smilPath(channel: string, range: string): string {
  return `/smil/${encodeURIComponent(channel)}/${range}.smil`;
}

/** The picture that was on at an instant; by whole seconds, so that the browser remembers it. */
export function thumbnailPath(channel: string, at: number): string {
  const second = new Date(Math.floor(at / 1000) * 1000).toISOString();
  return `/archive/${encodeURIComponent(channel)}/thumbnails/${second}.jpg`;
}

/** A playlist of days is large, and nobody watches that long in one piece. */
const longestMs = 4 * 3_600_000;

/** What is played from a place on: some hours, or as far as there is, and then what comes. */
export function rangeFrom(at: number, now: number): { from: number; to?: number } {
  const from = Math.floor(at / 1000) * 1000;
  return from + longestMs < now ? { from, to: from + longestMs } : { from };
}

/**
 * Where to begin to be as close to now as goes on without a pause: new media come chunk by chunk, so a chunk behind what
 * is stored. Undefined while nothing is.
 */
export function liveEdge({ archive, chunkMs }: ChannelJson): number | undefined {
  return archive.end === undefined ? undefined : Date.parse(archive.end) - chunkMs;
}
