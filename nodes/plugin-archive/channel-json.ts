import { z } from 'zod';
import type { Archive, ChannelChange } from '../core/archive/archive.ts';
import { type Channel, folderStoreId, type StoreSettings } from '../core/archive/channel.ts';
import { shownSource } from '../core/archive/channel-rules.ts';
import { formatDuration, parseDuration } from '../core/archive/duration.ts';
import { ownStore, redactedSecret } from '../core/archive/own-store.ts';
import { ReelflowError } from '../core/errors.ts';

const fields = {
  channel_url: z.string(),
  chunk_duration: z.string(),
  archive_length: z.string(),
  /** `host:port`, without a scheme; empty: the folder. */
  s3_endpoint: z.string(),
  s3_bucket: z.string(),
  s3_access_key: z.string(),
  s3_secret_key: z.string(),
  s3_region: z.string(),
  secure: z.boolean(),
};
const body = z.object(fields);
export type OldChannel = z.infer<typeof body>;

/** Throws BODY_MALFORMED naming the fields that are missing, VALIDATION naming one that is not right. */
export function readOldChannel(given: object): OldChannel {
  const missing = Object.keys(fields).filter((name) => !(name in given));
  if (missing.length > 0) {
    throw new ReelflowError('BODY_MALFORMED', `missing required fields: [${missing.join(', ')}]`, {
      field: missing[0] ?? '',
    });
  }
  const read = body.safeParse(given);
  if (read.success) return read.data;
  const field = String(read.error.issues[0]?.path[0] ?? '');
  const kind = field === 'secure' ? 'true or false' : 'text';
  throw new ReelflowError('VALIDATION', `${field}: must be ${kind}`, { field });
}

/** What our own channel becomes by it. */
export async function changeOf(
  archive: Archive,
  name: string,
  old: OldChannel,
): Promise<{ change: ChannelChange; store: StoreSettings | null }> {
  const change = {
    sourceUrls: [old.channel_url],
    chunkMs: parseDuration(old.chunk_duration, 'chunk_duration'),
    retentionMs: parseDuration(old.archive_length, 'archive_length'),
  };
  if (old.s3_endpoint === '') return { change, store: null };
  const endpoint = `${old.secure ? 'https' : 'http'}://${old.s3_endpoint}`;
  const { s3_bucket: bucket, s3_region: region, s3_access_key: accessKey, s3_secret_key: secretKey } = old;
  return { change, store: await ownStore(archive, name, { endpoint, bucket, region, accessKey, secretKey }) };
}

/** Keys are redacted; sent back as they are they change nothing. */
export async function oldChannelJson(archive: Archive, channel: Channel): Promise<OldChannel> {
  const store = channel.storeId === folderStoreId ? undefined : await archive.store(channel.storeId);
  const url = store && new URL(store.endpoint);
  return {
    channel_url: channel.sourceUrls.map(shownSource)[0] ?? '',
    chunk_duration: formatDuration(channel.chunkMs),
    archive_length: formatDuration(channel.retentionMs),
    s3_endpoint: url?.host ?? '',
    s3_bucket: store?.bucket ?? '',
    s3_access_key: redactedSecret,
    s3_secret_key: redactedSecret,
    s3_region: store?.region ?? '',
    secure: url?.protocol === 'https:',
  };
}

/** Names of the replaced service for what our own rules call otherwise. */
const oldNames: Record<string, string> = {
  sourceUrls: 'channel_url',
  chunkMs: 'chunk_duration',
  retentionMs: 'archive_length',
  endpoint: 's3_endpoint',
  bucket: 's3_bucket',
  region: 's3_region',
  accessKey: 's3_access_key',
  secretKey: 's3_secret_key',
};

/** An error of our rules in the words of who sent the old fields. */
export function inOldNames(error: unknown): unknown {
  if (!(error instanceof ReelflowError) || error.field === undefined) return error;
  const name = oldNames[error.field];
  if (name === undefined || !error.message.startsWith(error.field)) return error;
  return new ReelflowError(error.code, name + error.message.slice(error.field.length), { field: name, cause: error });
}
