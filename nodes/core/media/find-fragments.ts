import { ReelflowError } from '../errors.ts';
import { readBox } from './boxes.ts';

/**
 * Where the first fragment begins in bytes out of the middle of a fragmented MP4; undefined when there is none. The
 * letters `moof` may stand in a picture by chance: a real one is followed by its `mdat`, and so on to the end.
 */
export function findFragments(bytes: Uint8Array): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf('moof', 4, 'latin1'); at >= 0; at = buffer.indexOf('moof', at + 1, 'latin1')) {
    if (isChain(bytes, at - 4)) return at - 4;
  }
  return undefined;
}

/** `moof`, `mdat`, `moof`, `mdat` ... with the last one cut off; at least the first pair is whole. */
function isChain(bytes: Uint8Array, start: number): boolean {
  let at = start;
  try {
    for (let count = 0; ; count += 1) {
      const box = readBox(bytes, at);
      if (!box) return count >= 2;
      if (box.type !== (count % 2 === 0 ? 'moof' : 'mdat')) return false;
      if (box.end > bytes.length) return count >= 2;
      at = box.end;
    }
  } catch (error) {
    if (error instanceof ReelflowError) return false;
    throw error;
  }
}
