import type { Init } from '../archive/chunk.ts';
import type { HlsKeys } from './hls-keys.ts';
import { keyPeriodOf } from './hls-keys.ts';
import type { PlayedSegment } from './played-track.ts';

/** What a media playlist says of a segment, one line or several; asked for in the order of the playlist. */
export type SegmentLines = (segment: PlayedSegment) => string;

/** Segments as byte ranges of the objects as they lie in the store. */
export function byteRangeLines(object: (segment: PlayedSegment) => string): SegmentLines {
  const isNewInit = initChanges();
  // A day has some ten thousand segments in some hundred objects, nearly all of the same length.
  const uriOf = remembered((segment) => segment.object, object);
  const lengthOf = durations();
  return (segment) => {
    const { init, length, offset } = segment;
    const uri = uriOf(segment);
    const lines = `#EXTINF:${lengthOf(segment)},\n#EXT-X-BYTERANGE:${length}@${offset}\n${uri}`;
    if (!init || !isNewInit(segment)) return lines;
    return `#EXT-X-MAP:URI="${uri}",BYTERANGE="${init.length}@${init.offset}"\n${lines}`;
  };
}

/** A segment or an init segment as bytes of its object. */
export interface Piece {
  offset: number;
  length: number;
}

export interface EncryptedAddresses {
  /** Of the key of a period. */
  key: (period: number) => string;
  /** Of the pieces of a segment's object, each encrypted by itself. */
  pieces: (segment: PlayedSegment) => (piece: Piece) => string;
}

/**
 * Segments that are encrypted on their way out, each a resource of its own: bytes of an encrypted object would need what
 * lies before them. Init segments too, so that one method holds for all of the playlist; with their vector stated, which
 * RFC 8216 section 4.3.2.5 wants of them.
 */
export function encryptedLines(keys: Pick<HlsKeys, 'ivs'>, { key, pieces }: EncryptedAddresses): SegmentLines {
  const isNewInit = initChanges();
  const lengthOf = durations();
  const objectOf = remembered(
    (segment) => segment.object,
    (segment) => ({ ivs: keys.ivs(segment.object), address: pieces(segment) }),
  );
  const keyOf = remembered(
    keyPeriodOf,
    (segment) => `#EXT-X-KEY:METHOD=AES-128,URI="${key(keyPeriodOf(segment))}",IV=0x`,
  );
  return (segment) => {
    const { ivs, address } = objectOf(segment);
    const keyLine = (offset: number) => keyOf(segment) + ivs(offset).toString('hex');
    const { init } = segment;
    const lines = `${keyLine(segment.offset)}\n#EXTINF:${lengthOf(segment)},\n${address(segment)}`;
    if (!init || !isNewInit(segment)) return lines;
    return `${keyLine(init.offset)}\n#EXT-X-MAP:URI="${address(init)}"\n${lines}`;
  };
}

/** Whether the init segment, or the object it is read from, is another one than before. */
function initChanges(): (segment: PlayedSegment) => boolean {
  let init: Init | undefined;
  let object: PlayedSegment['object'] | undefined;
  return (segment) => {
    const isNew = segment.init !== init || segment.object !== object;
    init = segment.init;
    object = segment.object;
    return isNew;
  };
}

function durations(): (segment: PlayedSegment) => string {
  return remembered(
    ({ durationMs }) => durationMs,
    ({ durationMs }) => playlistSeconds(durationMs),
  );
}

/** Makes anew only what depends on another key than the one before. */
function remembered<Key, Made>(keyOf: (of: PlayedSegment) => Key, make: (of: PlayedSegment) => Made) {
  let last: { key: Key; made: Made } | undefined;
  return (of: PlayedSegment): Made => {
    const key = keyOf(of);
    if (!last || last.key !== key) last = { key, made: make(of) };
    return last.made;
  };
}

/** A duration as EXTINF has it. */
export function playlistSeconds(ms: number): string {
  return (ms / 1000).toFixed(6).replace(/(\.\d{3}\d*?)0+$/, '$1');
}
