import type { DiskUsage } from '../disk/disk.ts';

const mebibyte = 1024 ** 2;
/** Always left free, so that the database, logs and the system go on working. */
const largestReserveBytes = 512 * mebibyte;
const smallestReserveBytes = 8 * mebibyte;
/** Before a camera was ever recorded: 4 Mbit/s. */
export const assumedBytesPerSecond = 500_000;

/** 5 % of the disk, between 8 and 512 MiB. */
export function reserveBytes(totalBytes: number): number {
  return Math.min(largestReserveBytes, Math.max(smallestReserveBytes, totalBytes * 0.05));
}

export type DiskVerdict = 'ok' | 'low' | 'full';

/**
 * Whether captures may go on. Finishing a recording takes its size once more, so that what is being captured counts
 * twice: a recording that can not be finished for want of space is never made. After `full`, captures begin again only
 * when a second reserve is free, so that it does not flap.
 */
export function judgeDisk(usage: DiskUsage, unfinishedBytes: number, before: DiskVerdict): DiskVerdict {
  const reserve = reserveBytes(usage.totalBytes);
  const spare = usage.freeBytes - unfinishedBytes - reserve;
  if (spare < 0 || (before === 'full' && spare < reserve)) return 'full';
  return spare < reserve * 4 ? 'low' : 'ok';
}

/** Bytes that a recording will need while it runs and is finished. */
export function estimateBytes(durationMs: number, bytesPerSecond: readonly number[]): number {
  const rate = bytesPerSecond.reduce((sum, one) => sum + one, 0);
  return Math.round((durationMs / 1000) * rate * 2);
}
