import { renameSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { writePrivateFile } from '../access/private-file.ts';

export interface RetainedOptions {
  /** Of a JSON file. */
  path: string;
  log: Log;
  /** Topics that are made new at each start and are not worth wearing out the disk for. */
  isVolatile: (topic: string) => boolean;
  mostMessages?: number;
  mostBytes?: number;
  /** Longest time that a change may wait for being written. */
  writeAfterMs?: number;
}

const fileSchema = z.object({
  version: z.literal(1),
  messages: z.array(z.object({ topic: z.string().min(1), payload: z.base64(), qos: z.literal([0, 1, 2]) })),
});

export interface RetainedMessage {
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
}

/** The retained messages of the embedded broker: bounded, and kept over a restart in one file that is replaced whole. */
export class RetainedMessages {
  readonly #options: Required<RetainedOptions>;
  readonly #messages = new Map<string, RetainedMessage>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isChanged = false;
  /** Counts what flush() has written, so that an older text on its way does not replace it. */
  #flushes = 0;

  constructor(options: RetainedOptions) {
    this.#options = { mostMessages: 10_000, mostBytes: 16 * 1024 ** 2, writeAfterMs: 2000, ...options };
  }

  /** A file that can not be read is put aside, and the broker begins without: publishers come back and say it again. */
  async load(): Promise<void> {
    const { path, log } = this.#options;
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (toErrno(error) !== 'ENOENT') log.warn(`broker: ${path} can not be read: ${toReelflowError(error).message}`);
      return;
    }
    try {
      for (const { topic, payload, qos } of fileSchema.parse(JSON.parse(text)).messages) {
        this.#put({ topic, payload: Buffer.from(payload, 'base64'), qos });
      }
      this.#isChanged = false;
    } catch {
      log.warn(`broker: ${path} is damaged; it is kept as ${path}.damaged`);
      await rename(path, `${path}.damaged`).catch(() => {});
    }
  }

  all(): RetainedMessage[] {
    return [...this.#messages.values()];
  }

  /** Whether there is room for it. What replaces or clears always has. */
  accepts(topic: string, bytes: number): boolean {
    const known = this.#messages.get(topic);
    if (bytes === 0) return true;
    const { mostMessages, mostBytes } = this.#options;
    const isNewInFull = !known && this.#messages.size >= mostMessages;
    return !isNewInFull && this.#bytes + bytes - (known?.payload.byteLength ?? 0) <= mostBytes;
  }

  /** An empty payload clears the topic. */
  set(message: RetainedMessage): void {
    const before = this.#messages.get(message.topic);
    if (message.payload.byteLength === 0 ? !before : before?.payload.equals(message.payload)) return;
    this.#put(message);
    if (this.#options.isVolatile(message.topic)) return;
    this.#isChanged = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    }, this.#options.writeAfterMs);
    this.#timer.unref();
  }

  /** Synchronous: the process may be about to end. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isChanged) return;
    try {
      writePrivateFile(this.#options.path, this.#text());
      this.#isChanged = false;
      this.#flushes += 1;
    } catch (error) {
      this.#options.log.error(`broker: ${this.#options.path}: ${toReelflowError(error).message}`);
    }
  }

  #put(message: RetainedMessage): void {
    this.#bytes += message.payload.byteLength - (this.#messages.get(message.topic)?.payload.byteLength ?? 0);
    if (message.payload.byteLength === 0) this.#messages.delete(message.topic);
    else this.#messages.set(message.topic, message);
  }

  #text(): string {
    const kept = this.all().filter(({ topic }) => !this.#options.isVolatile(topic));
    const messages = kept.map(({ topic, payload, qos }) => ({ topic, payload: payload.toString('base64'), qos }));
    return `${JSON.stringify({ version: 1, messages })}\n`;
  }

  /** All of the new text or all of the old, also over a power cut. */
  async #write(): Promise<void> {
    if (!this.#isChanged) return;
    const { path, log } = this.#options;
    const fresh = `${path}.new`;
    const flushes = this.#flushes;
    try {
      this.#isChanged = false;
      await mkdir(dirname(path), { recursive: true });
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(this.#text());
        await file.sync();
      } finally {
        await file.close();
      }
      if (flushes === this.#flushes) renameSync(fresh, path);
      else await rm(fresh, { force: true });
    } catch (error) {
      this.#isChanged = true;
      log.warn(`broker: retained messages could not be written: ${toReelflowError(error).message}`);
    }
  }
}

function toErrno(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
