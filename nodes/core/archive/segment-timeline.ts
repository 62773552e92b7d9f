/** One line of a media playlist, as far as time goes. */
export interface ListedSegment {
  sequence: number;
  durationMs: number;
  /** EXT-X-PROGRAM-DATE-TIME, epoch ms; sources often give it for some segments only. */
  programDateTimeMs?: number | undefined;
  isDiscontinuity: boolean;
  /** Same content under another number shows a counter that began anew. */
  uri: string;
}

export interface TimedSegment<T extends ListedSegment = ListedSegment> {
  listed: T;
  startMs: number;
  endMs: number;
  /** A new timeline begins: the source said so, its counter began anew, or its clock jumped. */
  isDiscontinuity: boolean;
}

/** Numbers that were in no list that we saw. */
export interface LostSegments {
  first: number;
  last: number;
  startMs: number;
  endMs: number;
}

/** A list may be this much apart from what the durations before it add up to before it counts as a jump. */
const jumpMs = 1000;
const silenceInTargets = 3;
/** Rounding in a source's times; must make neither holes nor overlaps. */
const roundingMs = 50;
/** Numbers before the list's first that are remembered, so that a list that comes back a bit older finds its times. */
const keptBefore = 1000;

/**
 * Gives the segments of a live source their wall-clock times, from one look at its list to the next.
 *
 * The source's own time (EXT-X-PROGRAM-DATE-TIME) counts where there is one, and is carried on from segment to segment
 * (RFC 8216 section 4.3.2.6); without any, the end of the first list is now, and later ones follow on from there. Time
 * never goes back: where a source's clock is set back its segments go on where they were, so that no second is stored in
 * the place of another one.
 */
export class SegmentTimeline<T extends ListedSegment> {
  readonly #known = new Map<number, TimedSegment<T>>();
  #lastSequence: number | undefined;
  #endMs: number | undefined;
  #grewAt = 0;

  /** End of the newest segment. */
  get endMs(): number | undefined {
    return this.#endMs;
  }

  /**
   * Takes the list as it is now.
   *
   * @returns its segments with their times, and what was lost since the last look
   */
  update(list: readonly T[], now: number, targetMs: number): { segments: TimedSegment<T>[]; lost?: LostSegments } {
    let isAnew = this.#isAnew(list);
    if (isAnew) this.#known.clear();
    // Of the first new one only: what stands behind it in the same list follows on from it.
    let wasSilent = this.#lastSequence !== undefined && now - this.#grewAt > silenceInTargets * targetMs;
    const told = toldTimes(list);
    const rests = lengthsToEnd(list);
    let lost: LostSegments | undefined;
    const segments = list.map((listed, index) => {
      const known = this.#known.get(listed.sequence);
      if (known) return { ...known, listed };
      const before = this.#endMs;
      const isNext = !isAnew && this.#lastSequence !== undefined && listed.sequence === this.#lastSequence + 1;
      const startMs = this.#startOf({
        told: told[index],
        ifNew: now - (rests[index] ?? 0),
        isNext: isNext && !wasSilent,
      });
      if (!isAnew && !isNext && this.#lastSequence !== undefined && before !== undefined) {
        lost = { first: this.#lastSequence + 1, last: listed.sequence - 1, startMs: before, endMs: startMs };
      }
      const isJump = before !== undefined && startMs - before > jumpMs;
      const timed = {
        listed,
        startMs,
        endMs: startMs + listed.durationMs,
        isDiscontinuity: listed.isDiscontinuity || isAnew || (isNext && isJump),
      };
      isAnew = false;
      wasSilent = false;
      this.#known.set(listed.sequence, timed);
      this.#lastSequence = listed.sequence;
      this.#endMs = timed.endMs;
      this.#grewAt = now;
      return timed;
    });
    this.#forget((list[0]?.sequence ?? 0) - keptBefore);
    return lost ? { segments, lost } : { segments };
  }

  /** The counter went back, or its numbers stand for something else than before. */
  #isAnew(list: readonly T[]): boolean {
    const newest = list.at(-1);
    if (this.#lastSequence === undefined || !newest) return false;
    const common = list.find(({ sequence }) => this.#known.has(sequence));
    if (!common) return newest.sequence <= this.#lastSequence;
    const known = this.#known.get(common.sequence)?.listed;
    if (!known || known.uri !== common.uri) return true;
    const { programDateTimeMs: was } = known;
    const { programDateTimeMs: is } = common;
    return was !== undefined && is !== undefined && Math.abs(was - is) > jumpMs;
  }

  /** @param look.ifNew when it began if the list ends now */
  #startOf(look: { told: number | undefined; ifNew: number; isNext: boolean }): number {
    const end = this.#endMs;
    if (end === undefined) return look.told ?? look.ifNew;
    if (look.told !== undefined) {
      return Math.abs(look.told - end) <= roundingMs ? end : Math.max(end, look.told);
    }
    return look.isNext ? end : Math.max(end, look.ifNew);
  }

  #forget(before: number): void {
    for (const sequence of this.#known.keys()) {
      if (sequence >= before) break;
      this.#known.delete(sequence);
    }
  }
}

/** The source's own time of each segment: its own tag, or that of a neighbour, up to the next discontinuity. */
function toldTimes(list: readonly ListedSegment[]): (number | undefined)[] {
  const times: (number | undefined)[] = list.map(({ programDateTimeMs }) => programDateTimeMs);
  for (let at = 1; at < list.length; at++) {
    const [one, before] = [list[at], list[at - 1]];
    const time = times[at - 1];
    if (times[at] === undefined && time !== undefined && before && !one?.isDiscontinuity)
      times[at] = time + before.durationMs;
  }
  for (let at = list.length - 2; at >= 0; at--) {
    const [one, after] = [list[at], list[at + 1]];
    const time = times[at + 1];
    if (times[at] === undefined && time !== undefined && one && !after?.isDiscontinuity)
      times[at] = time - one.durationMs;
  }
  return times;
}

/** From the start of each segment to the end of the list, ms. */
function lengthsToEnd(list: readonly ListedSegment[]): number[] {
  let sum = 0;
  return list
    .map(({ durationMs }) => durationMs)
    .reverse()
    .map((durationMs) => (sum += durationMs))
    .reverse();
}
