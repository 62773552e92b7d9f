/** What a player would see or hear. */
export const trackKinds = ['video', 'audio', 'text'] as const;
export type TrackKind = (typeof trackKinds)[number];

/** `fmp4`: init segment and fragments (ISO/IEC 14496-12); `ts`: MPEG-TS; `packed`: AAC, AC-3 or MP3 with ID3 times (RFC 8216 section 3.4); `webvtt`. */
export type Container = 'fmp4' | 'ts' | 'packed' | 'webvtt';

/**
 * One of the streams that a source offers side by side: the only one of a simple playlist, a rung of a ladder, a
 * separate audio rendition. Each becomes an object of its own in the store. Words as in RFC 8216 section 4.3.4.
 */
export interface Track {
  /** Stable for the channel: `main` for a source with one, otherwise such as `video-1200k`, `audio-en`. */
  track: string;
  /** Its place among the source's streams; 0 is the main one. */
  rank: number;
  container: Container;
  /** bit/s, peak, as the source says. */
  bandwidth?: number;
  /** RFC 6381 */
  codecs?: string;
  width?: number;
  height?: number;
  frameRate?: number;
  /** GROUP-ID of the audio that goes with this video. */
  audioGroup?: string;
  /** Of a rendition (EXT-X-MEDIA). */
  rendition?: { type: TrackKind; groupId: string; name: string; language?: string; isDefault: boolean };
}
