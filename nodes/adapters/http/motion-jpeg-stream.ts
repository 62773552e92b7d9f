import type { ServerResponse } from 'node:http';

const boundary = 'reelflow-frame';

/**
 * Motion JPEG as browsers show it in an `<img>`: multipart/x-mixed-replace, one part a picture, the next replaces it.
 * Holds at most one picture for a client: while that is on its way, newer ones are dropped.
 */
export class MotionJpegStream {
  readonly #response: ServerResponse;
  #takenAtMs = performance.now();
  #hasBegun = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'Content-Type': `multipart/x-mixed-replace; boundary=${boundary}`,
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.socket?.setNoDelay(true);
  }

  /** Time since a picture was last taken up by the client's connection, ms. */
  get idleMs(): number {
    return performance.now() - this.#takenAtMs;
  }

  /** False when the picture was dropped because the client is slow. */
  offer(jpeg: Uint8Array): boolean {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return false;
    if (this.#hasBegun && response.writableLength > 0) return false;
    this.#takenAtMs = performance.now();
    response.cork();
    if (!this.#hasBegun) response.write(`--${boundary}\r\n`);
    this.#hasBegun = true;
    // The boundary follows at once: browsers show a picture only when they have seen its end.
    response.write(`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.byteLength}\r\n\r\n`);
    response.write(jpeg);
    response.write(`\r\n--${boundary}\r\n`);
    response.uncork();
    return true;
  }
}
