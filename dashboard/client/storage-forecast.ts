import type { ChannelJson } from './archive-types.ts';
import { bytesADay } from './archive-window.ts';

const dayMs = 86_400_000;

export interface ChannelForecast {
  channel: ChannelJson;
  /** Bytes a day; undefined until something is stored. */
  rate: number | undefined;
  /** What it takes once its retention is reached, by age or by size; undefined: not known. */
  full: number | undefined;
}

export interface StorageForecast {
  usedBytes: number;
  rows: ChannelForecast[];
  /** The disk will not do: it lacks so many bytes until all retentions are reached, and is full after so long. */
  shortage?: { neededBytes: number; fullInMs: number };
}

/** What the archive takes and will take. What lies in an object store needs no disk here. */
export function forecast(channels: readonly ChannelJson[], freeBytes: number | undefined): StorageForecast {
  const rows = channels.map((channel): ChannelForecast => {
    const rate = bytesADay(channel.archive, channel.chunkMs);
    const byAge = rate === undefined ? undefined : (rate * channel.retentionMs) / dayMs;
    const limit = channel.retentionBytes ?? Number.POSITIVE_INFINITY;
    return { channel, rate, full: byAge === undefined ? channel.retentionBytes : Math.min(byAge, limit) };
  });
  const usedBytes = channels.reduce((sum, { archive }) => sum + archive.sizeBytes, 0);
  let neededBytes = 0;
  let growth = 0;
  for (const { channel, rate = 0, full = 0 } of rows) {
    const missing = full - channel.archive.sizeBytes;
    if (!channel.isEnabled || channel.storeId !== 'folder' || missing <= 0) continue;
    neededBytes += missing;
    growth += rate;
  }
  if (freeBytes === undefined || growth === 0 || neededBytes <= freeBytes) return { usedBytes, rows };
  return { usedBytes, rows, shortage: { neededBytes, fullInMs: (freeBytes / growth) * dayMs } };
}
