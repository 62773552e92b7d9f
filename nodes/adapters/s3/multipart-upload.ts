import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { checkETag, multipartETag } from './part-check.ts';
import { PartSums } from './part-sums.ts';
import { abortUpload, partsThere, unfinishedUploads } from './unfinished-uploads.ts';

/** With the part that is being filled, five parts of memory for each upload. */
const partsAtOnce = 4;
const triesOfPart = 3;

export interface MultipartOptions {
  abort: AbortSignal;
  /** Sends so many bytes when they may be sent. */
  paced: <T>(sizeBytes: number, send: () => Promise<T>) => Promise<T>;
  /** Bytes that the store has. */
  onProgress: (bytesDone: number) => void;
}

type Target = Pick<
  CreateMultipartUploadCommandInput,
  'ContentType' | 'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId'
> & {
  Bucket: string;
  Key: string;
};

interface Begun {
  at: { bucket: string; key: string; uploadId: string };
  /** Parts that the store has of it already, by their number. */
  there: ReadonlyMap<number, { sum: string; sizeBytes: number }>;
}

/**
 * One object in parts. An upload of the same key that died is taken up again: what the store has of it, and is the same,
 * is not sent again. Further ones are removed.
 */
export class MultipartUpload {
  readonly #client: S3Client;
  readonly #at: Begun['at'];
  readonly #there: Begun['there'];
  readonly #options: MultipartOptions;
  readonly #sums: PartSums;
  readonly #sent: { PartNumber: number; ETag: string; sum: Buffer }[] = [];
  readonly #running = new Set<Promise<void>>();
  #count = 0;
  #bytesDone = 0;
  #failure: { error: unknown } | undefined;

  private constructor(client: S3Client, sums: PartSums, { at, there }: Begun, options: MultipartOptions) {
    this.#client = client;
    this.#sums = sums;
    this.#at = at;
    this.#there = there;
    this.#options = options;
  }

  static async begin(client: S3Client, target: Target, options: MultipartOptions): Promise<MultipartUpload> {
    // Its thread starts while the store is asked.
    const sums = new PartSums();
    try {
      return new MultipartUpload(client, sums, await begin(client, target, options.abort), options);
    } catch (error) {
      await sums.close();
      throw error;
    }
  }

  /**
   * Settles when the part is on its way: the next one is filled meanwhile. Rejects when an earlier one failed for good.
   *
   * @param bytes in shared memory
   * @param onSent they are needed no more
   */
  async add(bytes: Buffer, onSent: () => void): Promise<void> {
    while (this.#running.size >= partsAtOnce) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
    this.#count += 1;
    const number = this.#count;
    const sending = this.#send(number, bytes).then(onSent, (error: unknown) => {
      this.#failure ??= { error };
    });
    this.#running.add(sending);
    void sending.then(() => this.#running.delete(sending));
  }

  /** Settles when nothing is on its way any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Settles when all parts are there. */
  async drain(): Promise<void> {
    await this.settle();
    if (this.#failure) throw this.#failure.error;
  }

  /** SHA-256 of everything that was added, in hex. */
  async sha256(): Promise<string> {
    return (await this.#sums.whole()).toString('hex');
  }

  async close(): Promise<void> {
    await this.#sums.close();
  }

  /** Makes the object of its parts; rejects with STORE_MISMATCH when the store has made another one. */
  async complete(): Promise<void> {
    const { bucket: Bucket, key: Key, uploadId: UploadId } = this.#at;
    const parts = this.#sent.sort((a, b) => a.PartNumber - b.PartNumber);
    const Parts = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    const answer = await this.#client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
      { abortSignal: this.#options.abort },
    );
    checkETag(answer, multipartETag(parts.map(({ sum }) => sum)), Key);
  }

  /** Frees what the store has of it. */
  async giveUp(abort: AbortSignal): Promise<void> {
    await this.settle();
    await abortUpload(this.#client, this.#at, abort);
  }

  async #send(number: number, bytes: Buffer): Promise<void> {
    const sum = await this.#sums.of(bytes);
    const hex = sum.toString('hex');
    const there = this.#there.get(number);
    const isThere = there?.sum === hex && there.sizeBytes === bytes.length;
    const ETag = isThere ? `"${hex}"` : await this.#upload(number, bytes, sum);
    this.#sent.push({ PartNumber: number, ETag, sum });
    this.#bytesDone += bytes.length;
    this.#options.onProgress(this.#bytesDone);
  }

  async #upload(number: number, bytes: Buffer, sum: Buffer): Promise<string> {
    const { bucket: Bucket, key: Key, uploadId: UploadId } = this.#at;
    for (let tries = 1; ; tries++) {
      try {
        const command = new UploadPartCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber: number,
          Body: bytes,
          ContentLength: bytes.length,
          ContentMD5: sum.toString('base64'),
        });
        const send = () => this.#client.send(command, { abortSignal: this.#options.abort });
        const answer = await this.#options.paced(bytes.length, send);
        checkETag(answer, sum.toString('hex'), `${Key}, part ${number}`);
        return answer.ETag ?? '';
      } catch (error) {
        this.#options.abort.throwIfAborted();
        // The SDK has tried each of these several times itself, with pauses.
        if (tries >= triesOfPart || this.#failure) throw error;
      }
    }
  }
}

/** Takes up the newest upload of the key that died, or begins one. */
async function begin(client: S3Client, target: Target, abort: AbortSignal): Promise<Begun> {
  const { Bucket: bucket, Key: key } = target;
  const all = await unfinishedUploads(client, bucket, key, abort);
  const [last, ...others] = all.filter((one) => one.key === key).sort((a, b) => b.begunAt - a.begunAt);
  for (const { uploadId } of others) await abortUpload(client, { bucket, key, uploadId }, abort);
  if (last) {
    const at = { bucket, key, uploadId: last.uploadId };
    return { at, there: await partsThere(client, at, abort) };
  }
  const command = new CreateMultipartUploadCommand(target);
  const { UploadId: uploadId = '' } = await client.send(command, { abortSignal: abort });
  return { at: { bucket, key, uploadId }, there: new Map() };
}
