import { type Box, boxesIn, findBox, needBox, readBox, viewOf } from '../media/boxes.ts';

/** Sample entry header before the boxes in it (ISO/IEC 14496-12 sections 12.1.3, 12.2.3), box header included. */
const visualEntryBytes = 86;
const audioEntryBytes = 36;

/**
 * The codec of each track of an init segment as RFC 6381 writes it, `avc1.64001F`; what has no parameters by its sample
 * entry alone. Playlists of a source rarely say them.
 *
 * Throws MEDIA_BROKEN.
 */
export function codecsOfInit(init: Uint8Array): string[] {
  const moov = [...boxesIn(init, 0, init.length)].find(({ type }) => type === 'moov');
  if (!moov) return [];
  const codecs: string[] = [];
  for (const trak of boxesIn(init, moov.bodyStart, moov.end)) {
    if (trak.type !== 'trak') continue;
    const stbl = needBox(init, needBox(init, needBox(init, trak, 'mdia'), 'minf'), 'stbl');
    const entry = readBox(init, needBox(init, stbl, 'stsd').bodyStart + 8);
    codecs.push(entry ? codecOf(init, entry) : '');
  }
  return codecs;
}

function codecOf(bytes: Uint8Array, entry: Box): string {
  const inside = (headerBytes: number, type: string) =>
    findBox(bytes, { ...entry, bodyStart: entry.start + headerBytes }, type);
  switch (entry.type) {
    case 'avc1':
    case 'avc3': {
      const avcC = inside(visualEntryBytes, 'avcC');
      return avcC ? `${entry.type}.${hex(bytes.subarray(avcC.bodyStart + 1, avcC.bodyStart + 4))}` : entry.type;
    }
    case 'hvc1':
    case 'hev1': {
      const hvcC = inside(visualEntryBytes, 'hvcC');
      return hvcC ? `${entry.type}.${hevcProfile(bytes, hvcC.bodyStart)}` : entry.type;
    }
    case 'mp4a': {
      const esds = inside(audioEntryBytes, 'esds');
      return esds ? mpeg4Audio(bytes.subarray(esds.bodyStart + 4, esds.end)) : entry.type;
    }
    case 'Opus':
      return 'opus';
    case 'fLaC':
      return 'flac';
    default:
      return entry.type;
  }
}

/** ISO/IEC 14496-15 annex E.3: profile, compatibility, tier and level, constraints. */
function hevcProfile(bytes: Uint8Array, at: number): string {
  const view = viewOf(bytes);
  const first = view.getUint8(at + 1);
  const space = ['', 'A', 'B', 'C'][first >> 6];
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed |= ((view.getUint32(at + 2) >>> bit) & 1) << (31 - bit);
  const constraints = [...bytes.subarray(at + 6, at + 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const tier = first & 0x20 ? 'H' : 'L';
  const level = view.getUint8(at + 12);
  return [
    `${space}${first & 0x1f}`,
    (reversed >>> 0).toString(16).toUpperCase(),
    `${tier}${level}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

/** Object type of the decoder configuration, inside the descriptors of ISO/IEC 14496-1 section 7.2.6. */
function mpeg4Audio(descriptors: Uint8Array): string {
  const decoderConfig = 0x04;
  const specificInfo = 0x05;
  let at = 0;
  let objectType = '40';
  while (at < descriptors.length) {
    const tag = descriptors[at++];
    while (((descriptors[at] ?? 0) & 0x80) !== 0) at++;
    at++;
    if (tag === 0x03) at += 3;
    else if (tag === decoderConfig) {
      objectType = hex(descriptors.subarray(at, at + 1));
      at += 13;
    } else if (tag === specificInfo) return `mp4a.${objectType}.${(descriptors[at] ?? 0x10) >> 3}`;
    else break;
  }
  return `mp4a.${objectType}`;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}
