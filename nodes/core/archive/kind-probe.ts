import { boxesIn, findBox, needBox, readBox, viewOf } from '../media/boxes.ts';
import type { Container, TrackKind } from './track.ts';

/** Looks at the bytes of a segment as they pass by, and says what is really in it, whatever its playlist claims. */
export interface KindProbe {
  push(bytes: Uint8Array): void;
  kinds(): TrackKind[];
  /** False for what is no media at all: an error page that came with status 200. */
  readonly isMedia: boolean;
}

export function probeFor(container: Container, init: Uint8Array | undefined): KindProbe {
  switch (container) {
    case 'fmp4':
      return new FragmentProbe(init);
    case 'ts':
      return new TransportProbe();
    case 'packed':
      return new Fixed('audio');
    case 'webvtt':
      return new Fixed('text');
  }
}

class Fixed implements KindProbe {
  readonly #kind: TrackKind;
  #isEmpty = true;

  constructor(kind: TrackKind) {
    this.#kind = kind;
  }

  get isMedia(): boolean {
    return !this.#isEmpty;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#isEmpty = false;
  }

  kinds(): TrackKind[] {
    return this.#isEmpty ? [] : [this.#kind];
  }
}

/** Handler types of ISO/IEC 14496-12 and of WebVTT and TTML in it (ISO/IEC 14496-30). */
const handlers: Record<string, TrackKind> = { vide: 'video', soun: 'audio', text: 'text', subt: 'text', sbtl: 'text' };
/** A `moof` is some kilobytes; whoever sends more is not a segmenter. */
const largestMoofBytes = 4 * 1024 * 1024;

/** Fragmented MP4: the init says which kind a track is, each `moof` which tracks have samples. */
class FragmentProbe implements KindProbe {
  readonly #kindOf: ReadonlyMap<number, TrackKind>;
  readonly #found = new Set<TrackKind>();
  /** Bytes of the box header, or of the `moof`, that is being gathered. */
  #held = new Uint8Array(0);
  #skipBytes = 0;
  #isLost = false;
  #hasFragment = false;

  constructor(init: Uint8Array | undefined) {
    this.#kindOf = init ? tracksOf(init) : new Map();
  }

  get isMedia(): boolean {
    return this.#hasFragment;
  }

  push(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isLost) {
      const skipped = Math.min(this.#skipBytes, rest.length);
      this.#skipBytes -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length > 0) rest = this.#gather(rest);
    }
  }

  kinds(): TrackKind[] {
    return [...this.#found].sort();
  }

  /** Answers with what is left when a box is over. */
  #gather(bytes: Uint8Array): Uint8Array {
    const held = new Uint8Array(this.#held.length + bytes.length);
    held.set(this.#held);
    held.set(bytes, this.#held.length);
    this.#held = new Uint8Array(0);
    try {
      const box = readBox(held, 0);
      if (box?.type === 'moof' && box.end > largestMoofBytes) this.#isLost = true;
      else if (!box || (box.type === 'moof' && box.end > held.length)) this.#held = held;
      else if (box.type === 'moof') {
        this.#readMoof(held.subarray(0, box.end));
        return held.subarray(box.end);
      } else {
        this.#skipBytes = Math.max(0, box.end - held.length);
        return held.subarray(Math.min(box.end, held.length));
      }
    } catch {
      // No MP4: nothing can be seen in it.
      this.#isLost = true;
    }
    return new Uint8Array(0);
  }

  #readMoof(bytes: Uint8Array): void {
    const view = viewOf(bytes);
    const moof = readBox(bytes, 0);
    if (!moof) return;
    this.#hasFragment = true;
    for (const traf of boxesIn(bytes, moof.bodyStart, moof.end)) {
      if (traf.type !== 'traf') continue;
      const trun = findBox(bytes, traf, 'trun');
      if (!trun || view.getUint32(trun.bodyStart + 4) === 0) continue;
      const kind = this.#kindOf.get(view.getUint32(needBox(bytes, traf, 'tfhd').bodyStart + 4));
      if (kind) this.#found.add(kind);
    }
  }
}

function tracksOf(init: Uint8Array): Map<number, TrackKind> {
  const kinds = new Map<number, TrackKind>();
  try {
    const moov = [...boxesIn(init, 0, init.length)].find(({ type }) => type === 'moov');
    if (!moov) return kinds;
    const view = viewOf(init);
    for (const trak of boxesIn(init, moov.bodyStart, moov.end)) {
      if (trak.type !== 'trak') continue;
      const tkhd = needBox(init, trak, 'tkhd');
      const id = view.getUint32(tkhd.bodyStart + (init[tkhd.bodyStart] === 1 ? 20 : 12));
      const hdlr = needBox(init, needBox(init, trak, 'mdia'), 'hdlr');
      const kind = handlers[String.fromCharCode(...init.subarray(hdlr.bodyStart + 8, hdlr.bodyStart + 12))];
      if (kind) kinds.set(id, kind);
    }
  } catch {
    // A broken init: its segments show nothing.
  }
  return kinds;
}

const packetBytes = 188;

/** MPEG-TS (ISO/IEC 13818-1): starts of PES packets say by their stream id what they carry. */
class TransportProbe implements KindProbe {
  readonly #found = new Set<TrackKind>();
  #held = new Uint8Array(0);
  #packets = 0;
  #strayBytes = 0;

  /** A packet more or less may be damaged on the way. */
  get isMedia(): boolean {
    return this.#packets > 0 && this.#strayBytes < this.#packets * packetBytes;
  }

  push(bytes: Uint8Array): void {
    const held = new Uint8Array(this.#held.length + bytes.length);
    held.set(this.#held);
    held.set(bytes, this.#held.length);
    let at = 0;
    while (held.length - at >= packetBytes) {
      if (held[at] !== 0x47) {
        at += 1;
        this.#strayBytes += 1;
        continue;
      }
      this.#packet(held.subarray(at, at + packetBytes));
      at += packetBytes;
      this.#packets += 1;
    }
    this.#held = held.slice(at);
  }

  kinds(): TrackKind[] {
    return [...this.#found].sort();
  }

  #packet(packet: Uint8Array): void {
    const [, second = 0, , fourth = 0] = packet;
    const isPayloadStart = (second & 0x40) !== 0;
    const control = (fourth >> 4) & 3;
    if (!isPayloadStart || (control & 1) === 0) return;
    const start = 4 + (control === 3 ? 1 + (packet[4] ?? 0) : 0);
    if (packet[start] !== 0 || packet[start + 1] !== 0 || packet[start + 2] !== 1) return;
    const streamId = packet[start + 3] ?? 0;
    if (streamId >= 0xe0 && streamId <= 0xef) this.#found.add('video');
    // 0xBD: AC-3, E-AC-3 and Opus travel as private stream 1.
    else if ((streamId >= 0xc0 && streamId <= 0xdf) || streamId === 0xbd) this.#found.add('audio');
  }
}
