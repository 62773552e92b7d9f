// mpd-parser 1.4.0 comes without types: what is used of it. Times are seconds.
declare module 'mpd-parser' {
  export interface SegmentTemplateAttributes {
    media?: string;
    initialization?: { sourceURL?: string; range?: string };
    /** Units of a second; 1 where it is absent. */
    timescale?: number;
    /** In units of `timescale`. */
    duration?: number;
    startNumber?: number;
    endNumber?: string;
    presentationTimeOffset?: number;
  }

  export interface RepresentationAttributes {
    type: 'static' | 'dynamic';
    availabilityStartTime?: number;
    timeShiftBufferDepth?: number;
    minimumUpdatePeriod?: number;
    periodStart: number | null;
    periodDuration?: number;
    id?: string;
    contentType?: string;
    mimeType?: string;
    codecs?: string;
    lang?: string;
    label?: string;
    bandwidth?: number;
    width?: number;
    height?: number;
    frameRate?: number;
    baseUrl: string;
  }

  export interface RepresentationInfo {
    attributes: RepresentationAttributes;
    segmentInfo: {
      template?: SegmentTemplateAttributes;
      /** Attributes of its `S` elements that it has no type for are text. */
      segmentTimeline?: { taken?: string }[];
      list?: object;
      base?: object;
    };
  }

  /** @param mpd the document's root */
  export function inheritAttributes(
    mpd: unknown,
    options: { manifestUri: string; NOW: number },
  ): { locations?: string[]; representationInfo: RepresentationInfo[] };
}
