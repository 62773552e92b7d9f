import { moveFragment } from '../../core/media/move-fragment.ts';
import { type FoundPiece, openPiece } from './assembly-plan.ts';
import { readerOf } from './captured-file.ts';

/** Larger chunks are no faster through a pipe: 1 GB takes about 3 s of one core either way. */
const chunkBytes = 256 * 1024;

/**
 * The bytes of one finished stream: the begin of the first capture (`ftyp`, `moov`), then the chosen fragments of all,
 * those of later pieces moved in time. Reads a quarter of a megabyte at a time.
 */
export async function* streamPieces(group: readonly FoundPiece[]): AsyncGenerator<Uint8Array> {
  const first = group[0];
  if (!first) return;
  for (const found of group) {
    const file = await openPiece(found);
    try {
      const read = readerOf(file);
      if (found === first) yield await read(0, first.initLength);
      if (found.moveMs === 0 && found === first) yield* readRange(read, wholeRange(found));
      else yield* movedFragments(read, found, first);
    } finally {
      await file.close();
    }
  }
}

type Read = ReturnType<typeof readerOf>;

async function* movedFragments(read: Read, found: FoundPiece, first: FoundPiece): AsyncGenerator<Uint8Array> {
  for (const { offset, length, moofLength } of found.cut.fragments) {
    const moof = await read(offset, moofLength);
    moveFragment(moof, { from: found.movie, to: first.movie }, found.moveMs);
    yield moof;
    yield* readRange(read, { offset: offset + moofLength, length: length - moofLength });
  }
}

async function* readRange(
  read: Read,
  { offset, length }: { offset: number; length: number },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; ) {
    const bytes = await read(offset + at, Math.min(chunkBytes, length - at));
    if (bytes.length === 0) return;
    at += bytes.length;
    yield bytes;
  }
}

/** Fragments of one capture follow each other without a gap. */
function wholeRange({ cut }: FoundPiece): { offset: number; length: number } {
  return { offset: cut.fragments[0]?.offset ?? 0, length: cut.sizeBytes };
}
