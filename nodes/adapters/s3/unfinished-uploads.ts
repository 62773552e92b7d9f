import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isS3Code } from './s3-error.ts';

export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  /** Epoch ms */
  begunAt: number;
}

/**
 * Multipart uploads that were begun and neither completed nor aborted, of keys that begin with `prefix`. None where the
 * store cannot tell or the keys may not ask: an upload then begins anew.
 */
export async function unfinishedUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  abortSignal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker });
    let page: ListMultipartUploadsCommandOutput;
    try {
      page = await client.send(command, { abortSignal });
    } catch (error) {
      if (isS3Code(error, 'NotImplemented', 'AccessDenied', 'MethodNotAllowed')) return [];
      throw error;
    }
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key?.startsWith(prefix) && UploadId) {
        found.push({ key: Key, uploadId: UploadId, begunAt: Initiated?.getTime() ?? 0 });
      }
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    marker =
      IsTruncated && NextKeyMarker
        ? { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) }
        : undefined;
  }
  return found;
}

/** Parts that are there: by their number, the MD5 in hex as the store says it, and their size. */
export async function partsThere(
  client: S3Client,
  { bucket, key, uploadId }: { bucket: string; key: string; uploadId: string },
  abortSignal: AbortSignal,
): Promise<Map<number, { sum: string; sizeBytes: number }>> {
  const parts = new Map<number, { sum: string; sizeBytes: number }>();
  let marker: string | undefined;
  do {
    const page = await client.send(
      new ListPartsCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        ...(marker === undefined ? {} : { PartNumberMarker: marker }),
      }),
      { abortSignal },
    );
    for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
      if (PartNumber !== undefined && ETag !== undefined) {
        parts.set(PartNumber, { sum: ETag.replaceAll('"', '').toLowerCase(), sizeBytes: Size ?? -1 });
      }
    }
    marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
}

/** One that is gone already is no error. */
export async function abortUpload(
  client: S3Client,
  { bucket, key, uploadId }: { bucket: string; key: string; uploadId: string },
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }), {
      abortSignal,
    });
  } catch (error) {
    if (!isS3Code(error, 'NoSuchUpload', 'NoSuchKey', 'NotFound')) throw error;
  }
}
