import type { ListedSegment } from '../../../core/archive/segment-timeline.ts';

/** Bytes of what lies at an address, the end not in it. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A segment as a source lists it: where it lies, and how it is to be read. */
export interface ListedPart extends ListedSegment {
  /** Absolute. */
  url: string;
  range?: ByteRange | undefined;
  init?: { url: string; range?: ByteRange | undefined } | undefined;
  isGap: boolean;
}
