import { createHash } from 'node:crypto';
import { ReelflowError } from '../../core/errors.ts';

export interface Answered {
  ETag?: string | undefined;
  ServerSideEncryption?: string | undefined;
}

export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}

/**
 * The store's ETag is the MD5 of what it has, of a multipart object that of its parts' MD5 and their number; unless it
 * encrypts with keys of a key service, or counts in a way of its own. Then Content-MD5 has to do, which came with each part.
 *
 * Throws STORE_MISMATCH.
 */
export function checkETag({ ETag, ServerSideEncryption }: Answered, expected: string, key: string): void {
  if (ETag === undefined || ServerSideEncryption?.startsWith('aws:kms')) return;
  const given = ETag.replaceAll('"', '').toLowerCase();
  const isSameKind = /^[0-9a-f]{32}(-\d+)?$/.test(given) && given.includes('-') === expected.includes('-');
  if (!isSameKind || given === expected) return;
  throw new ReelflowError('STORE_MISMATCH', `${key}: the checksum in the store is another than that of what was sent`, {
    isRetryable: true,
  });
}

/** As S3 makes it of the parts. */
export function multipartETag(sums: readonly Buffer[]): string {
  return `${md5(Buffer.concat(sums)).toString('hex')}-${sums.length}`;
}
