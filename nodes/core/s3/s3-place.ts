import { ReelflowError } from '../errors.ts';

/** Ways of a store to encrypt what it keeps. */
export const s3Encryptions = ['AES256', 'aws:kms'] as const;

/** A place in an object store that speaks S3: Amazon's own, MinIO, Ceph, Swift and others. */
export interface S3Place {
  /** `http://host:port` or `https://host:port` */
  endpoint: string;
  bucket: string;
  region: string;
  accessKey: string;
  secretKey: string;
  /** In front of every key, such as `studio-1/archive`; absent: the bucket's root. */
  prefix?: string;
  /** False: the bucket is part of the host name. Absent: true, what every store but Amazon's own has. */
  isPathStyle?: boolean;
  /** As the store calls it, such as `STANDARD_IA`; absent: its default. */
  storageClass?: string;
  /** Encryption by the store; absent: as the bucket is set up. */
  encryption?: (typeof s3Encryptions)[number];
  /** Of `aws:kms`: which key, by its id, ARN or alias; absent: the bucket's. */
  encryptionKeyId?: string;
  /** Most that all uploads to the bucket send together; absent: no limit. */
  bytesPerSecond?: number;
  /** Players get their bytes from the store itself, by links that are good for so long; absent: through us. */
  redirectSeconds?: number;
}

/** Throws STORE_INVALID naming the field. */
export function checkS3Place(place: S3Place): void {
  const {
    endpoint,
    bucket,
    region,
    accessKey,
    secretKey,
    prefix = '',
    storageClass,
    encryption,
    encryptionKeyId,
    bytesPerSecond,
    redirectSeconds,
  } = place;
  const bad = (field: string, reason: string): never => {
    throw new ReelflowError('STORE_INVALID', `${field}: ${reason}`, { field });
  };
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.pathname !== '/') {
    bad('endpoint', 'must be http://host:port or https://host:port');
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(bucket)) bad('bucket', 'must be the name of a bucket');
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(region)) bad('region', 'must be the name of a region such as us-east-1');
  if (accessKey === '' || secretKey === '') bad(accessKey === '' ? 'accessKey' : 'secretKey', 'must not be empty');
  if (!isS3Prefix(prefix)) {
    bad('prefix', 'must be names with / between them, of letters, digits and ! - _ . * ( ), without / at either end');
  }
  if (storageClass !== undefined && !/^[A-Z0-9_]{1,64}$/.test(storageClass)) {
    bad('storageClass', 'must be the name of a storage class such as STANDARD_IA');
  }
  if (encryption !== undefined && !s3Encryptions.includes(encryption)) {
    bad('encryption', `must be one of ${s3Encryptions.join(', ')}`);
  }
  if (encryptionKeyId !== undefined && encryption !== 'aws:kms') {
    bad('encryptionKeyId', 'only goes with the encryption aws:kms');
  }
  if (encryptionKeyId !== undefined && !/^[A-Za-z0-9:/_-]{1,2048}$/.test(encryptionKeyId)) {
    bad('encryptionKeyId', 'must be the id, the ARN or the alias of a key');
  }
  if (bytesPerSecond !== undefined && !(Number.isInteger(bytesPerSecond) && bytesPerSecond >= leastBytesPerSecond)) {
    bad('bytesPerSecond', `must be a whole number of at least ${leastBytesPerSecond}`);
  }
  if (redirectSeconds !== undefined && !isRedirectSeconds(redirectSeconds)) {
    bad('redirectSeconds', `must be a whole number from 1 to ${mostRedirectSeconds}`);
  }
}

/** A part of 8 MiB then waits for fourteen minutes. */
const leastBytesPerSecond = 10_000;

/** A link is as good as a login for its object. */
const mostRedirectSeconds = 3600;

export function isRedirectSeconds(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= mostRedirectSeconds;
}

/** The characters that Amazon calls safe; no part that means another folder. */
export function isS3Prefix(prefix: string): boolean {
  const parts = prefix.split('/');
  return (
    prefix === '' ||
    (prefix.length <= 512 && parts.every((part) => /^[A-Za-z0-9!_.*()-]+$/.test(part) && part !== '.' && part !== '..'))
  );
}

/** The address of an object in its store, not signed. */
export function s3ObjectUrl({ endpoint, bucket, prefix = '', isPathStyle = true }: S3Place, key: string): string {
  const url = new URL(endpoint);
  if (!isPathStyle) url.hostname = `${bucket}.${url.hostname}`;
  return `${url.origin}/${isPathStyle ? `${bucket}/` : ''}${prefix === '' ? '' : `${prefix}/`}${key}`;
}

/** What an error or a log says of the place: no keys. */
export function shownS3Place({ endpoint, bucket }: Pick<S3Place, 'endpoint' | 'bucket'>): string {
  return `bucket ${bucket} at ${endpoint}`;
}
