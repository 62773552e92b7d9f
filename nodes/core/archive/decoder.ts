import type { Container } from './track.ts';

/** Something that a decoder stumbled over. */
export interface DecodeFault {
  /** After the first picture or sound of what was decoded, ms. Reordered pictures make it some pictures too early. */
  atMs: number;
  message: string;
}

export interface Decoded {
  /** Pictures, and pieces of sound, that came out. 0: nothing could be made of it. */
  frameCount: number;
  /** In the order of time; of very many only the first. */
  faults: DecodeFault[];
}

/** Port: decodes media from the begin to the end, and throws away what comes out. */
export interface Decoder {
  /** Rejects with TOOL_MISSING, DECODER_FAILED, and as `bytes` does. */
  decode(bytes: AsyncIterable<Uint8Array>, container: Container, abort: AbortSignal): Promise<Decoded>;
}
