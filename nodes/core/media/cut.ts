import type { Fragment } from './fragment.ts';
import type { Movie } from './movie.ts';

/** Where a fragment lies in its file. */
export interface FragmentPlace {
  offset: number;
  length: number;
  moofLength: number;
}

/** Fragments of one capture that together hold what was asked for. Times in media time of the capture. */
export interface Cut {
  fragments: FragmentPlace[];
  sizeBytes: number;
  startMs: number;
  /** All tracks reach this far. */
  endMs: number;
  /** One track may reach further: after a kill -9 the picture is often ahead of the sound. */
  lastMs: number;
}

/** A track that has fallen behind by more than this has stopped: it must not keep a recording from ending. */
const stoppedTrackMs = 3000;
/** Sound is cut at whole packets (21 ms for AAC at 48 kHz); a begin this late is still the same instant. */
const soundPacketMs = 50;

/**
 * How far every track of a capture has come. A fragment ends its tracks at slightly different times, and a stretch is
 * only complete when the slowest of them is through.
 */
export class TrackEnds {
  readonly #ends = new Map<number, number>();

  add(fragment: Fragment): void {
    for (const run of fragment.runs) {
      this.#ends.set(run.trackId, Math.max(run.endMs, this.#ends.get(run.trackId) ?? run.endMs));
    }
  }

  get furthestMs(): number {
    return this.#ends.size === 0 ? 0 : Math.max(...this.#ends.values());
  }

  /** Media time up to which all tracks are there; tracks that have stopped do not count. */
  get completeMs(): number {
    const { furthestMs } = this;
    const running = [...this.#ends.values()].filter((end) => end > furthestMs - stoppedTrackMs);
    return running.length === 0 ? 0 : Math.min(...running);
  }
}

/** A fragment that a file can begin with. */
export function isKeyFragment(fragment: Fragment, movie: Movie): boolean {
  if (!movie.tracks.some((track) => track.kind === 'video')) return fragment.runs.length > 0;
  return fragment.runs.some((run) => run.kind === 'video' && run.isKey);
}

/**
 * Cuts outwards: from the last key frame at or before `fromMs` to the first fragment that completes `toMs`, so never
 * less than asked, and at most one group of pictures more at the begin. Two cuts [a, b) and [b, c) of one capture hold
 * every sample between them. Reads no further than it must. Undefined when nothing of the stretch is there.
 */
export async function selectCut(
  fragments: AsyncIterable<Fragment>,
  movieOf: () => Movie | undefined,
  range: { fromMs?: number; toMs?: number },
): Promise<Cut | undefined> {
  const fromMs = range.fromMs ?? Number.NEGATIVE_INFINITY;
  const toMs = range.toMs ?? Number.POSITIVE_INFINITY;
  const ends = new TrackEnds();
  let chosen: FragmentPlace[] = [];
  let startMs = 0;
  for await (const fragment of fragments) {
    const movie = movieOf();
    if (!movie) break;
    if (isKeyFragment(fragment, movie) && (chosen.length === 0 || startsBy(fragment, fromMs))) {
      chosen = [];
      startMs = Math.min(...fragment.runs.map((run) => run.startMs));
    } else if (chosen.length === 0) continue;
    const { offset, length, moofLength } = fragment;
    chosen.push({ offset, length, moofLength });
    ends.add(fragment);
    if (ends.completeMs >= toMs) break;
  }
  if (chosen.length === 0 || ends.completeMs <= fromMs || startMs >= toMs) return undefined;
  const sizeBytes = chosen.reduce((sum, place) => sum + place.length, 0);
  return { fragments: chosen, sizeBytes, startMs, endMs: ends.completeMs, lastMs: ends.furthestMs };
}

function startsBy(fragment: Fragment, fromMs: number): boolean {
  return fragment.runs.every((run) => run.startMs <= fromMs + (run.kind === 'video' ? 0 : soundPacketMs));
}
