import { byteRangeLines, encryptedLines, type SegmentLines } from '../core/playback/hls-segment-lines.ts';
import { objectAddress } from '../core/playback/object-address.ts';
import { keyAddress, pieceAddresses } from './encrypted-address.ts';
import type { PlaybackParts } from './playback-doors.ts';

/**
 * How playlists of a channel name its segments: as it is set up for now.
 *
 * @param base from the playlist's address to that which objects, pieces and keys are relative to
 */
export async function channelLines(parts: PlaybackParts, channel: string, base = ''): Promise<SegmentLines> {
  const { playback, keys } = parts();
  if (!(await playback.isEncrypted(channel))) return byteRangeLines((segment) => base + objectAddress(segment));
  return encryptedLines(keys, {
    key: (period) => base + keyAddress(period),
    pieces: (segment) => {
      const address = pieceAddresses(segment);
      return (piece) => base + address(piece);
    },
  });
}
