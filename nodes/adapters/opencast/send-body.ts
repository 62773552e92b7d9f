import type { ClientRequest } from 'node:http';
import type { Clocks } from './exchange.ts';

/** A body of known length that is made while it is sent. */
export interface StreamedBody {
  sizeBytes: number;
  /** Blocks may be one buffer filled again and again: each is sent before the next is asked for. */
  blocks(stop: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Sends it block by block. Settles early when `over` aborts: the core has answered, or the connection is gone. */
export async function sendBody(
  request: ClientRequest,
  body: StreamedBody,
  clocks: Clocks,
  over: AbortSignal,
): Promise<void> {
  try {
    for await (const block of body.blocks(over)) {
      clocks.blockBegun();
      await write(request, block);
      clocks.pause();
      if (over.aborted) return;
    }
  } catch (error) {
    if (over.aborted) return;
    request.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  request.end();
  clocks.waitForAnswer();
}

/** Its callback, not `drain`, says that the block may be overwritten. */
function write(request: ClientRequest, block: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    request.write(block, (error) => (error ? reject(error) : resolve()));
  });
}
