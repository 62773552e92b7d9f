import type { ServerResponse } from 'node:http';

export interface EventStreamOptions {
  /** From here on a client counts as slow: what may be dropped is dropped. */
  slowBytes: number;
  /** A client that is this far behind is sent away; it comes back by itself. */
  maxBufferedBytes: number;
  /** How long a browser waits before it comes back, ms. */
  retryMs: number;
}

/**
 * One listener to Server-Sent Events (HTML standard, section 9.2 "Server-sent events").
 * Data is JSON on one line. Never waits for the client, never holds more for it than `maxBufferedBytes`.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;

  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // nginx and its like would gather the events until their buffer is full.
      'X-Accel-Buffering': 'no',
    });
    response.socket?.setNoDelay(true);
    this.#write(`retry: ${options.retryMs}\n\n`);
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** What was written and has not left yet. */
  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** Calls back once, when the client is gone, whoever ended it. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  send(event: string, data: unknown): void {
    this.#write(frame(event, data));
  }

  /** For figures that the next ones make worthless. */
  sendIfQuick(event: string, data: unknown): void {
    if (this.bufferedBytes <= this.#options.slowBytes) this.#write(frame(event, data));
  }

  /** A comment: keeps proxies from closing the connection and shows us a client that is gone. */
  beat(): void {
    this.#write(':\n\n');
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.isOpen) return;
    this.#response.write(text);
    if (this.bufferedBytes > this.#options.maxBufferedBytes) this.#response.destroy();
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
