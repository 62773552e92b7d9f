import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectContent, ObjectRange, StoredObject, StoreWork } from '../../core/archive/chunk-store.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { S3Place } from '../../core/s3/s3-place.ts';
import { UploadPace } from '../../core/s3/upload-pace.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { cutFile, cutParts, type Part, PartRooms } from './cut-parts.ts';
import { MultipartUpload } from './multipart-upload.ts';
import { checkETag, md5 } from './part-check.ts';
import { readBody } from './read-body.ts';
import { s3Client } from './s3-client.ts';
import { isNotFound, isS3Code, s3Error } from './s3-error.ts';
import { abortUpload, unfinishedUploads } from './unfinished-uploads.ts';

const cleanUpTimeoutMs = 20_000;
/** By bucket: chunks and recordings share what may be sent. */
const paces = new Map<string, UploadPace>();
const clock = new SystemClock();

/** Bytes as they come, or those of a finished file. */
type Upload = Omit<ObjectContent, 'bytes' | 'path'> &
  ({ bytes: AsyncIterable<Uint8Array>; path?: undefined } | { path: string });

/** A bucket, or what lies below a prefix in it. Keys are without that prefix. Rejects as the ChunkStore port. */
export class S3Bucket {
  readonly place: S3Place;
  readonly #client: S3Client;

  constructor(place: S3Place) {
    this.place = place;
    this.#client = s3Client(place);
  }

  /**
   * In one request where it is small, otherwise in parts, five of which are in memory at a time (40 MiB up to objects of
   * 8 GB). What arrived is compared with what was sent, and what was sent with `sha256`, which is in the answer.
   */
  async put(key: string, content: Upload, work: StoreWork): Promise<StoredObject & { sha256: string }> {
    return await this.#guard(key, work.abort, async () => {
      const { sizeBytes } = content;
      const rooms = new PartRooms(sizeBytes);
      const parts = content.path === undefined ? cutParts(content.bytes, rooms) : cutFile(content.path, rooms);
      let done = 0;
      let sha256 = '';
      let upload: MultipartUpload | undefined;
      try {
        for await (const part of ownErrors(parts)) {
          work.abort.throwIfAborted();
          done += part.bytes.length;
          if (!upload && part.isLast) {
            sha256 = createHash('sha256').update(part.bytes).digest('hex');
            this.#check(key, content, done, sha256);
            return { ...(await this.#putWhole(key, part, content, work)), sha256 };
          }
          upload ??= await this.#begin(key, content, work);
          await upload.add(part.bytes, () => rooms.giveBack(part.bytes));
        }
        await upload?.drain();
        sha256 = (await upload?.sha256()) ?? '';
        this.#check(key, content, done, sha256);
        await upload?.complete();
      } catch (error) {
        const told = s3Error(error, this.place, key);
        await this.#leave(upload, told, work.abort);
        throw told;
      } finally {
        await upload?.close();
      }
      const stored = await this.#head(key, work.abort);
      if (stored?.sizeBytes === done) return { ...stored, sha256 };
      throw mismatch(key, `${stored?.sizeBytes ?? 0} of ${done} bytes arrived`);
    });
  }

  async read(key: string, { start, end }: ObjectRange, abort: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    if (end !== undefined && end <= start) return readBody(undefined, abort, (error) => error);
    const Range =
      start === 0 && end === undefined ? {} : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
    return await this.#guard(key, abort, async () => {
      try {
        const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...Range }), {
          abortSignal: abort,
        });
        return readBody(Body, abort, (error) => s3Error(error, this.place, key));
      } catch (error) {
        if (isS3Code(error, 'InvalidRange')) return readBody(undefined, abort, (same) => same);
        if (isNotFound(error)) throw new ReelflowError('OBJECT_UNKNOWN', `${key} is not in the store`);
        throw error;
      }
    });
  }

  async link(key: string): Promise<string | undefined> {
    const { redirectSeconds: expiresIn } = this.place;
    if (expiresIn === undefined) return undefined;
    return await getSignedUrl(this.#client, new GetObjectCommand(this.#at(key)), { expiresIn });
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    return await this.#guard(key, undefined, async () => {
      const found = await this.#head(key);
      // A bucket that is gone must not look like one whose objects are gone.
      if (!found) await this.#needBucket();
      return found;
    });
  }

  async *list(prefix: string, abort: AbortSignal): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.#guard(prefix, abort, () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.place.bucket,
            Prefix: this.#path(prefix),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          { abortSignal: abort },
        ),
      );
      for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
        if (Key !== undefined) yield stored(Key.slice(this.#path('').length), Size, LastModified, ETag);
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.#guard(key, undefined, async () => {
      try {
        await this.#client.send(new DeleteObjectCommand(this.#at(key)));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }

  /** Ends multipart uploads of keys with the prefix that were begun before; answers with how many. */
  async removeUnfinished(prefix: string, before: number, abort: AbortSignal): Promise<number> {
    return await this.#guard(prefix, abort, async () => {
      const { bucket } = this.place;
      const all = await unfinishedUploads(this.#client, bucket, this.#path(prefix), abort);
      const old = all.filter(({ begunAt }) => begunAt < before);
      for (const { key, uploadId } of old) await abortUpload(this.#client, { bucket, key, uploadId }, abort);
      return old.length;
    });
  }

  close(): void {
    this.#client.destroy();
  }

  #path(key: string): string {
    const { prefix = '' } = this.place;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.#path(key) };
  }

  #target(key: string, { mimeType }: Upload) {
    const { storageClass, encryption, encryptionKeyId } = this.place;
    return {
      ...this.#at(key),
      ContentType: mimeType,
      // The SDK's list of classes is Amazon's; other stores have others.
      ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
      ...(encryption === undefined ? {} : { ServerSideEncryption: encryption }),
      ...(encryptionKeyId === undefined ? {} : { SSEKMSKeyId: encryptionKeyId }),
    };
  }

  /** Sends in its turn, and is over when that is over: what is told of the progress is not ahead of the limit. */
  async #paced<T>(sizeBytes: number, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const { endpoint, bucket, bytesPerSecond } = this.place;
    if (bytesPerSecond === undefined) return await send();
    const id = `${endpoint} ${bucket}`;
    const pace = paces.get(id) ?? new UploadPace(clock);
    paces.set(id, pace);
    const turn = pace.take(sizeBytes, bytesPerSecond);
    const wait = (until: number) => delay(Math.max(0, until - clock.monotonicMs()), undefined, { signal });
    try {
      await wait(turn.beginAt);
    } catch (error) {
      pace.giveBack(turn);
      throw error;
    }
    const answer = await send();
    await wait(turn.endAt);
    return answer;
  }

  async #begin(key: string, content: Upload, work: StoreWork): Promise<MultipartUpload> {
    return await MultipartUpload.begin(this.#client, this.#target(key, content), {
      abort: work.abort,
      paced: (sizeBytes, send) => this.#paced(sizeBytes, work.abort, send),
      onProgress: (bytes) => work.onProgress?.(bytes),
    });
  }

  async #putWhole(key: string, { bytes }: Part, content: Upload, work: StoreWork): Promise<StoredObject> {
    const sum = md5(bytes);
    const command = new PutObjectCommand({
      ...this.#target(key, content),
      Body: bytes,
      ContentLength: bytes.length,
      ContentMD5: sum.toString('base64'),
    });
    const send = () => this.#client.send(command, { abortSignal: work.abort });
    const answer = await this.#paced(bytes.length, work.abort, send);
    checkETag(answer, sum.toString('hex'), key);
    work.onProgress?.(bytes.length);
    return stored(key, bytes.length, new Date(), answer.ETag);
  }

  #check(key: string, { sizeBytes, sha256 }: Upload, done: number, sum: string): void {
    if (sizeBytes !== undefined && done !== sizeBytes) throw mismatch(key, `${done} of ${sizeBytes} bytes arrived`);
    if (sha256 !== undefined && sum !== sha256) {
      throw mismatch(key, 'its checksum is another than that of what was to be sent');
    }
  }

  /**
   * Parts of an attempt that somebody cancelled, or that would fail again, are removed. Those of one that was cut off
   * stay for the next attempt, as they would after a crash.
   */
  async #leave(upload: MultipartUpload | undefined, error: unknown, abort: AbortSignal): Promise<void> {
    if (!upload) return;
    await upload.settle();
    const { code } = toReelflowError(abort.aborted ? abort.reason : error);
    if (abort.aborted ? code !== 'JOB_CANCELLED' : code === 'STORE_UNREACHABLE') return;
    await upload.giveUp(AbortSignal.timeout(cleanUpTimeoutMs)).catch(() => {});
  }

  async #head(key: string, abortSignal?: AbortSignal): Promise<StoredObject | undefined> {
    try {
      const { ContentLength, LastModified, ETag } = await this.#client.send(
        new HeadObjectCommand(this.#at(key)),
        abortSignal ? { abortSignal } : {},
      );
      return stored(key, ContentLength, LastModified, ETag);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Rejects when the bucket is not there; that the keys may not ask for it says nothing. */
  async #needBucket(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.place.bucket }));
    } catch (error) {
      if (!isS3Code(error, 'Forbidden', 'AccessDenied', '403')) throw error;
    }
  }

  async #guard<T>(key: string, abort: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      abort?.throwIfAborted();
      throw s3Error(error, this.place, key);
    }
  }
}

/** What fails at the source of the bytes is no failure of the store. */
async function* ownErrors(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  try {
    yield* parts;
  } catch (error) {
    throw toReelflowError(error);
  }
}

function stored(key: string, sizeBytes: number | undefined, modified: Date | undefined, etag: string | undefined) {
  return {
    key,
    sizeBytes: sizeBytes ?? 0,
    modifiedAt: modified?.getTime() ?? 0,
    ...(etag === undefined ? {} : { etag }),
  };
}

function mismatch(key: string, reason: string): ReelflowError {
  return new ReelflowError('STORE_MISMATCH', `${key}: ${reason}`, { isRetryable: true });
}
