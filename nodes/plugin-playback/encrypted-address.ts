import { isoSeconds } from '../core/archive/chunk-key.ts';
import type { Piece } from '../core/playback/hls-segment-lines.ts';
import { objectAddress } from '../core/playback/object-address.ts';
import type { PlayedSegment } from '../core/playback/played-track.ts';

/** Address of the key of a period, relative to `/archive/{channel}/` and to `/shared/{token}/`. */
export function keyAddress(period: number): string {
  return `keys/${isoSeconds(period)}.key`;
}

/** Addresses of the pieces of a segment's object, relative to the same. They end like the object: some players go by that. */
export function pieceAddresses(segment: PlayedSegment): (piece: Piece) => string {
  const [, path = '', extension = '', version = ''] = /^objects\/(.+(\.\w+))(\?.+)$/.exec(objectAddress(segment)) ?? [];
  return ({ offset, length }) => `encrypted/${path}/${offset}-${length}${extension}${version}`;
}

/** What of which object is asked for; undefined: no such address. */
export function readPiecePath(path: string): { path: string; piece: Piece } | undefined {
  const [, object, offset, length] = /^(.+)\/(\d{1,15})-(\d{1,15})\.\w+$/.exec(path) ?? [];
  return object === undefined ? undefined : { path: object, piece: { offset: Number(offset), length: Number(length) } };
}
