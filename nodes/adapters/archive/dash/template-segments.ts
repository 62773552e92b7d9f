import type { SegmentTemplateAttributes } from 'mpd-parser';
import type { TimedSegment } from '../../../core/archive/segment-timeline.ts';
import { absoluteAddress } from '../live/absolute-address.ts';
import type { ListedPart } from '../live/listed-part.ts';
import type { SegmentRun } from './segment-runs.ts';
import { type TemplateValues, templateAddress } from './template-address.ts';

/** What the segments of a representation have in common within one period. */
export interface Addressing {
  template: SegmentTemplateAttributes;
  values: TemplateValues;
  /** Where relative addresses begin. */
  base: string;
  /** Epoch ms from which the presentation's times count. */
  startsAt: number;
  periodStartMs: number;
}

/** The segments that a SegmentTemplate addresses, with their wall-clock times. */
export function templateSegments(runs: readonly SegmentRun[], addressing: Addressing): TimedSegment<ListedPart>[] {
  const { template, values, base, startsAt, periodStartMs } = addressing;
  const { timescale = 1, presentationTimeOffset = 0, media = '', initialization } = template;
  const offset = BigInt(presentationTimeOffset);
  const initUrl = initialization?.sourceURL;
  const shared: Shared = {
    media,
    values,
    base,
    init: initUrl ? { url: absoluteAddress(templateAddress(initUrl, values), base) } : undefined,
  };
  const isCounted = media.includes('$Number');
  const segments: TimedSegment<ListedPart>[] = [];
  for (const run of runs) {
    const runOffset = Number(run.time - offset);
    const durationMs = (run.length / timescale) * 1000;
    for (let index = 0; index < run.count; index++) {
      const offsetMs = ((runOffset + index * run.length) / timescale) * 1000;
      const startMs = startsAt + periodStartMs + offsetMs;
      // Where it is not counted, its time tells it from the others.
      const sequence = isCounted ? run.number + index : Math.round(periodStartMs + offsetMs);
      const isDiscontinuity = periodStartMs > 0 && Math.abs(offsetMs) < durationMs / 2;
      const listed = new Part(shared, run, { index, sequence, durationMs, isDiscontinuity });
      segments.push({ listed, startMs, endMs: startMs + durationMs, isDiscontinuity });
    }
  }
  return segments;
}

interface Shared {
  media: string;
  values: TemplateValues;
  base: string;
  init: ListedPart['init'];
}

/** Thousands of segments are listed, few are read: its address is made when somebody asks for it. */
class Part implements ListedPart {
  readonly sequence: number;
  readonly durationMs: number;
  readonly isDiscontinuity: boolean;
  readonly isGap = false;
  readonly range = undefined;
  readonly #shared: Shared;
  readonly #run: SegmentRun;
  readonly #index: number;

  constructor(
    shared: Shared,
    run: SegmentRun,
    {
      index,
      sequence,
      durationMs,
      isDiscontinuity,
    }: { index: number; sequence: number; durationMs: number; isDiscontinuity: boolean },
  ) {
    this.#shared = shared;
    this.#run = run;
    this.#index = index;
    this.sequence = sequence;
    this.durationMs = durationMs;
    this.isDiscontinuity = isDiscontinuity;
  }

  get init(): ListedPart['init'] {
    return this.#shared.init;
  }

  get uri(): string {
    const { media, values } = this.#shared;
    const { number, time, length } = this.#run;
    const Time = time + BigInt(length) * BigInt(this.#index);
    return templateAddress(media, { ...values, Number: number + this.#index, Time });
  }

  get url(): string {
    return absoluteAddress(this.uri, this.#shared.base);
  }
}
