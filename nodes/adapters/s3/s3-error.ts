import { ReelflowError } from '../../core/errors.ts';
import { type S3Place, shownS3Place } from '../../core/s3/s3-place.ts';

type Meaning = [code: string, reason: string];

const refused = (reason: string): Meaning => ['STORE_REFUSED', reason];
const full: Meaning = ['STORE_FULL', 'no space is left, or the quota is used up'];
const denied = refused('access denied: the keys lack a right, see docs/archive.md for those that are needed');

/** Error codes of S3 and of the stores that speak it. */
const meanings: Record<string, Meaning> = {
  NoSuchBucket: refused('there is no such bucket'),
  AccessDenied: denied,
  AllAccessDisabled: denied,
  InvalidAccessKeyId: refused('the store does not know the access key'),
  SignatureDoesNotMatch: refused('the secret key is not that of the access key'),
  ExpiredToken: refused('the keys have expired'),
  RequestTimeTooSkewed: refused('the clocks of this machine and of the store are too far apart; set the time'),
  AuthorizationHeaderMalformed: refused('the region is another than that of the bucket'),
  PermanentRedirect: refused('the bucket is in another region, or has another endpoint'),
  IllegalLocationConstraintException: refused('the region is another than that of the bucket'),
  InvalidStorageClass: refused('it does not know the storage class'),
  EntityTooLarge: refused('it takes no object of this size'),
  QuotaExceeded: full,
  XMinioStorageFull: full,
  XMinioAdminBucketQuotaExceeded: full,
  InsufficientStorage: full,
  BadDigest: ['STORE_MISMATCH', 'what arrived is not what was sent'],
  InvalidDigest: ['STORE_MISMATCH', 'what arrived is not what was sent'],
  NoSuchUpload: ['STORE_UNREACHABLE', 'the upload was ended from elsewhere'],
  SlowDown: ['STORE_UNREACHABLE', 'it asks to slow down'],
  NotImplemented: refused('it does not have this function of S3'),
};

interface Failure {
  name: string;
  code: string | undefined;
  status: number | undefined;
}

function failureOf(error: unknown): Failure {
  const { name, Code, code, $metadata } = (error ?? {}) as Record<string, unknown> & {
    $metadata?: { httpStatusCode?: number };
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { name: text(Code) ?? text(name) ?? '', code: text(code), status: $metadata?.httpStatusCode };
}

/** There is nothing under the key, or no bucket: an answer to HEAD does not tell which. */
export function isNotFound(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return name !== 'NoSuchBucket' && (name === 'NoSuchKey' || name === 'NotFound' || status === 404);
}

export function isS3Code(error: unknown, ...codes: string[]): boolean {
  return codes.includes(failureOf(error).name);
}

/**
 * What the SDK rejects with, in words and with a code of the ChunkStore port. The SDK's own messages are left out: some
 * stores repeat the request in them. Whether the operator mends it or the store does: it is worth another attempt.
 */
export function s3Error(error: unknown, place: S3Place, key: string): unknown {
  if (error instanceof ReelflowError) return error;
  const failure = failureOf(error);
  const [code, reason] = meaningOf(failure);
  const detail = failure.code ?? (failure.name === '' || failure.name === 'Error' ? failure.status : failure.name);
  const what = key === '' ? shownS3Place(place) : `${shownS3Place(place)}, ${key}`;
  return new ReelflowError(code, `${what}: ${reason}${detail === undefined ? '' : ` (${detail})`}`, {
    isRetryable: true,
  });
}

function meaningOf({ name, status }: Failure): Meaning {
  const known = meanings[name];
  if (known) return known;
  if (status === 507) return full;
  if (status === 403 || status === 401) return denied;
  if (status === 404) return refused('there is no such bucket');
  if (status === 301) return refused('the bucket is in another region, or has another endpoint');
  if (status !== undefined && status < 500 && status !== 408 && status !== 429)
    return refused('it refuses the request');
  return ['STORE_UNREACHABLE', status === undefined ? 'the store does not answer' : 'the store is in trouble'];
}
