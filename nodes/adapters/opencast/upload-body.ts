import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError } from '../../core/errors.ts';
import type { TrackUpload } from '../../core/opencast/opencast-core.ts';
import type { FileForm } from './multipart.ts';
import type { StreamedBody } from './send-body.ts';

const blockBytes = 4 * 1024 * 1024;
const smallestBlockBytes = 4096;
/** A limited upload is handed over in as many blocks a second. */
const blocksPerSecond = 8;
const progressEveryMs = 250;

/** The form with the track's file in it, read while it is sent: two blocks of memory whatever its size. */
export function uploadBody(form: FileForm, { file, bytesPerSecond, onProgress }: TrackUpload): StreamedBody {
  return {
    sizeBytes: form.head.length + file.sizeBytes + form.tail.length,
    blocks: async function* (stop) {
      const handle = await openFile(file.path, file.sizeBytes);
      try {
        yield form.head;
        yield* readPaced(handle, file, bytesPerSecond, onProgress, stop);
        yield form.tail;
      } finally {
        await handle.close();
      }
    },
  };
}

async function* readPaced(
  handle: FileHandle,
  file: TrackUpload['file'],
  limit: TrackUpload['bytesPerSecond'],
  onProgress: TrackUpload['onProgress'],
  stop: AbortSignal,
): AsyncIterable<Uint8Array> {
  // One is read while the other is sent.
  const length = Math.min(blockBytes, Math.max(1, file.sizeBytes));
  const buffers = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)];
  let begun = 0;
  const readNext = async (): Promise<Buffer> => {
    const from = begun;
    buffers.reverse();
    const [buffer] = buffers as [Buffer, Buffer];
    const rate = rateNow(limit);
    const block = rate > 0 ? Math.max(smallestBlockBytes, Math.ceil(rate / blocksPerSecond)) : blockBytes;
    const wanted = Math.min(buffer.length, block, file.sizeBytes - from);
    begun += wanted;
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(buffer, filled, wanted - filled, from + filled);
      if (bytesRead === 0) throw changed(file.path);
      filled += bytesRead;
    }
    return buffer.subarray(0, wanted);
  };
  let sent = 0;
  let dueAt = performance.now();
  let reportedAt = Number.NEGATIVE_INFINITY;
  let next = readNext();
  while (sent < file.sizeBytes) {
    const block = await next;
    const isLast = begun === file.sizeBytes;
    if (!isLast) {
      next = readNext();
      // It is awaited in the next round, if there is one.
      next.catch(() => {});
    }
    yield block;
    sent += block.length;
    const now = performance.now();
    if (now - reportedAt >= progressEveryMs || sent === file.sizeBytes) {
      reportedAt = now;
      onProgress?.(sent);
    }
    const rate = rateNow(limit);
    if (rate > 0) {
      // What was lost while the core was slow is not made up for by a burst.
      dueAt = Math.max(dueAt, now - 1000) + (block.length / rate) * 1000;
      if (dueAt > now) await delay(dueAt - now, undefined, { signal: stop });
    }
  }
}

async function openFile(path: string, sizeBytes: number): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = code === 'ENOENT' ? 'does not exist' : `can not be read (${code})`;
    throw new ReelflowError('OPENCAST_FILE', `${path} ${why}`, { cause: error });
  }
  const { size } = await handle.stat();
  if (size === sizeBytes) return handle;
  await handle.close();
  throw changed(path);
}

function changed(path: string): ReelflowError {
  return new ReelflowError('OPENCAST_FILE', `${path} is not as long as it was when its upload was planned`);
}

function rateNow(limit: TrackUpload['bytesPerSecond']): number {
  return typeof limit === 'function' ? limit() : (limit ?? 0);
}
