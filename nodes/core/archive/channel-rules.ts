import { ReelflowError } from '../errors.ts';
import { redact } from '../redact.ts';
import type { ChannelChange } from './archive.ts';
import { type Channel, sourceKinds } from './channel.ts';
import { checkChannelName } from './chunk-key.ts';
import { formatDuration } from './duration.ts';
import { trackKinds } from './track.ts';

const shortestChunkMs = 2000;
const longestChunkMs = 24 * 3600_000;
const mostSources = 4;
const mostRetentionMs = 100 * 365 * 24 * 3600_000;
const schemes = ['http:', 'https:', 'rtsp:', 'rtsps:', 'rtmp:', 'rtmps:', 'srt:', 'udp:'];

const defaults = {
  sourceKind: 'auto',
  chunkMs: 5 * 60_000,
  retentionMs: 7 * 24 * 3600_000,
  requiredKinds: [],
  isEnabled: true,
} satisfies ChannelChange;

/** The channel that a change makes of the one that is there. Throws CHANNEL_INVALID naming the field. */
export function changedChannel(
  name: string,
  before: Channel | undefined,
  change: ChannelChange & Pick<Channel, 'storeId'>,
  now: number,
): Channel {
  checkChannelName(name);
  const { sourceUrls = before?.sourceUrls ?? [], retentionBytes, ...rest } = change;
  const { retentionBytes: sizeBefore, ...kept } = before ?? {};
  const sizeLimit = retentionBytes === undefined ? sizeBefore : retentionBytes;
  const channel: Channel = {
    ...defaults,
    ...kept,
    ...rest,
    ...(sizeLimit === undefined || sizeLimit === null ? {} : { retentionBytes: sizeLimit }),
    name,
    sourceUrls: sourceUrls.map((url, index) => keptLogin(url, before?.sourceUrls[index])),
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  check(channel);
  return channel;
}

function check({ sourceUrls, sourceKind, chunkMs, retentionMs, retentionBytes, requiredKinds }: Channel): void {
  if (sourceUrls.length < 1 || sourceUrls.length > mostSources) {
    refuse('sourceUrls', `1 to ${mostSources} addresses are needed`);
  }
  for (const url of sourceUrls) checkSource(url);
  if (!sourceKinds.includes(sourceKind)) refuse('sourceKind', `must be one of ${sourceKinds.join(', ')}`);
  if (!Number.isInteger(chunkMs) || chunkMs < shortestChunkMs || chunkMs > longestChunkMs) {
    refuse('chunkMs', `must be ${formatDuration(shortestChunkMs)} to ${formatDuration(longestChunkMs)}`);
  }
  if (!Number.isInteger(retentionMs) || retentionMs < chunkMs || retentionMs > mostRetentionMs) {
    refuse('retentionMs', 'must be at least one chunk and at most 100 years');
  }
  if (retentionBytes !== undefined && (!Number.isSafeInteger(retentionBytes) || retentionBytes <= 0)) {
    refuse('retentionBytes', 'must be a number of bytes above 0');
  }
  if (requiredKinds.some((kind) => !trackKinds.includes(kind))) {
    refuse('requiredKinds', `each must be one of ${trackKinds.join(', ')}`);
  }
}

function checkSource(text: string): void {
  if (!URL.canParse(text) || text.length > 2048)
    refuse('sourceUrls', 'must be an address such as https://host/live.m3u8');
  const url = new URL(text);
  if (!schemes.includes(url.protocol) || url.host === '') {
    refuse('sourceUrls', `must begin with one of ${schemes.map((scheme) => `${scheme}//`).join(', ')}`);
  }
}

/** The address without its secrets, for answers; sent back, it means "as it is". */
export function shownSource(text: string): string {
  return redact(text);
}

function keptLogin(text: string, before: string | undefined): string {
  if (before !== undefined && text === shownSource(before)) return before;
  return text;
}

function refuse(field: string, reason: string): never {
  throw new ReelflowError('CHANNEL_INVALID', `${field}: ${reason}`, { field });
}
