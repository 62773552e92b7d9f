import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Checksums of one upload's parts and of the whole, made by a thread of its own (part-sums-thread.ts). */
export class PartSums {
  readonly #thread: Worker;
  readonly #waiting: PromiseWithResolvers<Uint8Array>[] = [];
  #failure: Error | undefined;

  constructor() {
    this.#thread = new Worker(new URL(`./part-sums-thread${extname(import.meta.filename)}`, import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
    this.#thread.on('message', (answer: Uint8Array) => this.#waiting.shift()?.resolve(answer));
    this.#thread.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#thread.on('exit', () => this.#end(new Error('the thread of the checksums has ended')));
  }

  /** MD5 of a part, which must be in shared memory. The order of the calls is that of the bytes. */
  async of(part: Uint8Array): Promise<Buffer> {
    return Buffer.from(await this.#ask(part));
  }

  /** SHA-256 of all parts so far. */
  async whole(): Promise<Buffer> {
    return Buffer.from(await this.#ask(undefined));
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  async #ask(part: Uint8Array | undefined): Promise<Uint8Array> {
    if (this.#failure) throw this.#failure;
    const turn = Promise.withResolvers<Uint8Array>();
    this.#waiting.push(turn);
    this.#thread.postMessage(part);
    return await turn.promise;
  }

  #end(error: Error): void {
    this.#failure ??= error;
    for (const turn of this.#waiting.splice(0)) turn.reject(this.#failure);
  }
}
