import type { PlayedSegment } from './played-track.ts';

/**
 * Address of a segment's object, relative to `/archive/{channel}/`. The revision is in it, so that what was captured
 * again later is never mixed with what a player knows.
 */
export function objectAddress({ object, revision }: Pick<PlayedSegment, 'object' | 'revision'>): string {
  const [, ...path] = object.key.split('/');
  return `objects/${path.map(encodeURIComponent).join('/').replaceAll('%3A', ':')}?v=${revision}`;
}
