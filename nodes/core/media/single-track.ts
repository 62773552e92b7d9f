import { type Box, boxesIn, broken, findBox, fullBox, needBox, viewOf } from './boxes.ts';

/** Flags of `tfhd` and `trun` (ISO/IEC 14496-12 sections 8.8.7, 8.8.8). */
const baseDataOffset = 0x1;
const descriptionIndex = 0x2;
const defaultDuration = 0x8;
const defaultSize = 0x10;
const baseIsMoof = 0x2_0000;
const dataOffset = 0x1;
const sampleSize = 0x200;
const boxHeader = 8;

/** The init segment of one of its tracks alone. Throws MEDIA_BROKEN. */
export function initOfTrack(init: Uint8Array, trackId: number): Uint8Array {
  const parts = [...boxesIn(init, 0, init.length)].map((box) => {
    return box.type === 'moov' ? moovOfTrack(init, box, trackId) : bytesOf(init, box);
  });
  return join(parts);
}

/**
 * The samples of one track out of a segment of several: the fragments' boxes rewritten, the samples as they are. For
 * DASH, whose players want one kind of media in each Representation.
 *
 * Throws MEDIA_BROKEN.
 */
export function segmentOfTrack(init: Uint8Array, segment: Uint8Array, trackId: number): Uint8Array {
  const sizeOfSample = defaultSampleSize(init, trackId);
  const parts: Uint8Array[] = [];
  for (const box of boxesIn(segment, 0, segment.length)) {
    if (box.type === 'styp') parts.push(bytesOf(segment, box));
    else if (box.type === 'moof') parts.push(...fragmentOfTrack(segment, box, trackId, sizeOfSample));
  }
  return join(parts);
}

function moovOfTrack(bytes: Uint8Array, moov: Box, trackId: number): Uint8Array {
  const view = viewOf(bytes);
  const isOther = (box: Box): boolean => {
    if (box.type === 'trex') return view.getUint32(box.bodyStart + 4) !== trackId;
    if (box.type !== 'trak') return false;
    const tkhd = needBox(bytes, box, 'tkhd');
    return view.getUint32(tkhd.bodyStart + (fullBox(view, tkhd).version === 1 ? 20 : 12)) !== trackId;
  };
  const keep = (parent: Box): Uint8Array[] =>
    [...boxesIn(bytes, parent.bodyStart, parent.end)]
      .filter((box) => !isOther(box))
      .map((box) => (box.type === 'mvex' ? makeBox('mvex', keep(box)) : bytesOf(bytes, box)));
  return makeBox('moov', keep(moov));
}

function defaultSampleSize(init: Uint8Array, trackId: number): number {
  const moov = [...boxesIn(init, 0, init.length)].find(({ type }) => type === 'moov');
  const mvex = moov && findBox(init, moov, 'mvex');
  if (!mvex) throw broken('no "mvex" box: it is not a fragmented MP4');
  const view = viewOf(init);
  for (const trex of boxesIn(init, mvex.bodyStart, mvex.end)) {
    if (trex.type === 'trex' && view.getUint32(trex.bodyStart + 4) === trackId) {
      return view.getUint32(trex.bodyStart + 16);
    }
  }
  throw broken(`no track ${trackId}`);
}

/** One `moof` and the `mdat` that belongs to it, of one track; nothing where the track has no samples in it. */
function fragmentOfTrack(bytes: Uint8Array, moof: Box, trackId: number, trexSize: number): Uint8Array[] {
  const view = viewOf(bytes);
  const runs: Uint8Array[] = [];
  const trafs: { traf: Box; tfhd: Box; offsets: number[] }[] = [];
  // Without a place of its own a run begins where the one before it, of whichever track, has ended.
  let end = moof.start;
  for (const traf of boxesIn(bytes, moof.bodyStart, moof.end)) {
    if (traf.type !== 'traf') continue;
    const tfhd = needBox(bytes, traf, 'tfhd');
    const isWanted = view.getUint32(tfhd.bodyStart + 4) === trackId;
    const header = readTrackHeader(view, tfhd);
    // A live segmenter writes the offset of this very `moof` there, counted from its own begin, which we do not know.
    const base = header.flags & (baseIsMoof | baseDataOffset) || trafs.length === 0 ? moof.start : end;
    const offsets: number[] = [];
    for (const trun of boxesIn(bytes, traf.bodyStart, traf.end)) {
      if (trun.type !== 'trun') continue;
      const { flags } = fullBox(view, trun);
      const start = flags & dataOffset ? base + view.getInt32(trun.bodyStart + 8) : end;
      end = start + runLength(view, trun, flags, header.sampleSize ?? trexSize);
      if (start < moof.start || end > bytes.length) throw broken('samples that lie outside of their segment');
      if (!isWanted) continue;
      offsets.push(runs.reduce((sum, run) => sum + run.length, 0));
      runs.push(bytes.subarray(start, end));
    }
    if (isWanted) trafs.push({ traf, tfhd, offsets });
  }
  if (runs.length === 0) return [];
  const build = (moofLength: number): Uint8Array =>
    makeBox('moof', [
      bytesOf(bytes, needBox(bytes, moof, 'mfhd')),
      ...trafs.map(({ traf, tfhd, offsets }) => {
        let index = 0;
        return makeBox(
          'traf',
          [...boxesIn(bytes, traf.bodyStart, traf.end)].map((box) => {
            if (box.type === 'tfhd') return movedHeader(bytes, tfhd);
            if (box.type !== 'trun') return bytesOf(bytes, box);
            return movedRun(bytes, box, moofLength + boxHeader + (offsets[index++] ?? 0));
          }),
        );
      }),
    ]);
  // The offsets do not change its length, so the first one only measures.
  return [build(build(0).length), makeBox('mdat', runs)];
}

function readTrackHeader(view: DataView, tfhd: Box): { flags: number; sampleSize?: number } {
  const { flags } = fullBox(view, tfhd);
  let at = tfhd.bodyStart + 8;
  if (flags & baseDataOffset) at += 8;
  if (flags & descriptionIndex) at += 4;
  if (flags & defaultDuration) at += 4;
  return flags & defaultSize ? { flags, sampleSize: view.getUint32(at) } : { flags };
}

function runLength(view: DataView, trun: Box, flags: number, sizeOfSample: number): number {
  const count = view.getUint32(trun.bodyStart + 4);
  if (!(flags & sampleSize)) return count * sizeOfSample;
  const entryBytes = [0x100, 0x200, 0x400, 0x800].reduce((sum, flag) => sum + (flags & flag ? 4 : 0), 0);
  let at = trun.bodyStart + 8 + (flags & dataOffset ? 4 : 0) + (flags & 0x4 ? 4 : 0) + (flags & 0x100 ? 4 : 0);
  if (at + (count - 1) * entryBytes + 4 > trun.end) throw broken('a list of samples that is cut off');
  let length = 0;
  for (let index = 0; index < count; index++, at += entryBytes) length += view.getUint32(at);
  return length;
}

/** `tfhd` that counts from its own `moof`. */
function movedHeader(bytes: Uint8Array, tfhd: Box): Uint8Array {
  const { flags } = fullBox(viewOf(bytes), tfhd);
  const body = bytes.subarray(tfhd.bodyStart, tfhd.end);
  const rest = body.subarray(flags & baseDataOffset ? 16 : 8);
  const head = body.slice(0, 8);
  viewOf(head).setUint32(0, (flags & ~baseDataOffset) | baseIsMoof);
  return makeBox('tfhd', [head, rest]);
}

function movedRun(bytes: Uint8Array, trun: Box, offset: number): Uint8Array {
  const { version, flags } = fullBox(viewOf(bytes), trun);
  const body = bytes.subarray(trun.bodyStart, trun.end);
  const head = new Uint8Array(12);
  const view = viewOf(head);
  view.setUint32(0, ((version << 24) | flags | dataOffset) >>> 0);
  head.set(body.subarray(4, 8), 4);
  view.setInt32(8, offset);
  return makeBox('trun', [head, body.subarray(flags & dataOffset ? 12 : 8)]);
}

function bytesOf(bytes: Uint8Array, { start, end }: Box): Uint8Array {
  return bytes.subarray(start, end);
}

function makeBox(type: string, parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts);
  const box = new Uint8Array(boxHeader + body.length);
  viewOf(box).setUint32(0, box.length);
  for (let index = 0; index < 4; index++) box[4 + index] = type.charCodeAt(index);
  box.set(body, boxHeader);
  return box;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
