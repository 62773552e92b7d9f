import { ReelflowError } from '../errors.ts';

/** ISO base media file format (ISO/IEC 14496-12) boxes, as far as FFmpeg's fragmented MP4 needs them. */
export interface Box {
  type: string;
  /** Of the box, header included, inside the bytes it was read from. */
  start: number;
  end: number;
  /** First byte after the header. */
  bodyStart: number;
}

/** Longest header: size, type, 64-bit size. */
export const boxHeaderBytes = 16;

/** Header of the box at `start`, which may reach beyond the bytes; undefined when even the header is cut off. */
export function readBox(bytes: Uint8Array, start: number): Box | undefined {
  if (bytes.length - start < 8) return undefined;
  const view = viewOf(bytes);
  const size32 = view.getUint32(start);
  const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
  if (size32 !== 1) {
    // Size 0 means "to the end of the file"; FFmpeg writes that only where it can never come back, so not here.
    if (size32 < 8) throw broken(`a "${printable(type)}" box of ${size32} bytes`);
    return { type, start, end: start + size32, bodyStart: start + 8 };
  }
  if (bytes.length - start < boxHeaderBytes) return undefined;
  const size = Number(view.getBigUint64(start + 8));
  if (size < boxHeaderBytes || !Number.isSafeInteger(size)) throw broken(`a "${printable(type)}" box of ${size} bytes`);
  return { type, start, end: start + size, bodyStart: start + boxHeaderBytes };
}

/** The boxes between two offsets, one level deep. */
export function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  let at = from;
  while (at < to) {
    const box = readBox(bytes, at);
    if (!box || box.end > to) throw broken('a box that is longer than the one around it');
    yield box;
    at = box.end;
  }
}

export function findBox(bytes: Uint8Array, parent: Box, type: string): Box | undefined {
  for (const box of boxesIn(bytes, parent.bodyStart, parent.end)) if (box.type === type) return box;
  return undefined;
}

/** As findBox, for boxes without which the file makes no sense. */
export function needBox(bytes: Uint8Array, parent: Box, type: string): Box {
  const box = findBox(bytes, parent, type);
  if (!box) throw broken(`no "${type}" box in "${parent.type}"`);
  return box;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Version (first byte) and flags (next three) of a full box. */
export function fullBox(view: DataView, box: Box): { version: number; flags: number } {
  const word = view.getUint32(box.bodyStart);
  return { version: word >>> 24, flags: word & 0xffffff };
}

export function broken(what: string): ReelflowError {
  return new ReelflowError('MEDIA_BROKEN', `the captured file is damaged: it has ${what}`);
}

function printable(type: string): string {
  return type.replace(/[^\x20-\x7e]/g, '?');
}
