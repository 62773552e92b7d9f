import { type FileHandle, open } from 'node:fs/promises';

/** The end of a small text file that a tool goes on writing, with the moment it was last written. */
export interface Tail {
  text: string;
  /** Wall clock. */
  modifiedMs: number;
}

/** One printed frame of FFmpeg's metadata filters: `frame:7 pts:175 pts_time:7` and a line `lavfi...=value`. */
export interface PrintedFrame {
  mediaMs: number;
  value?: number;
}

const tailBytes = 1024;
/**
 * A side file is cut back beyond this. FFmpeg writes on at its own offset, so the file then has a hole where its begin
 * was: its size grows, the space it takes does not (on file systems without holes it does: some 16 MB a day).
 */
export const largestSideFileBytes = 1024 * 1024;

/** Reads the end of a side file and keeps it small. Undefined while it is not there. */
export async function readTail(path: string): Promise<Tail | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // Written between the two looks: the time would not belong to the text.
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = await file.stat();
      const bytes = Buffer.alloc(Math.min(tailBytes, before.size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, before.size - bytes.length);
      const after = await file.stat();
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) continue;
      // Cutting it changes its modification time, so it is looked at first, and the next line is in half a second.
      if (after.blocks * 512 > largestSideFileBytes) await file.truncate(0);
      const text = bytes.toString('latin1', 0, bytesRead);
      return { text: text.slice(text.lastIndexOf('\0') + 1), modifiedMs: after.mtimeMs };
    }
    return undefined;
  } finally {
    await file.close();
  }
}

/** The last frame of a tail that has its time. Values FFmpeg prints as `-inf` and `nan` are minus infinity and nothing. */
export function lastFrame(text: string): PrintedFrame | undefined {
  return lastFrames(text, 1)[0];
}

/** The last frames of a tail, newest first. */
export function lastFrames(text: string, count: number): PrintedFrame[] {
  const lines = text.split('\n');
  // What stands behind the last line feed is still being written.
  lines.pop();
  const frames: PrintedFrame[] = [];
  for (let index = lines.length - 1; index >= 0 && frames.length < count; index--) {
    const time = /^frame:\d+\s.*\bpts_time:(-?[\d.]+)/.exec(lines[index] ?? '')?.[1];
    if (time === undefined) continue;
    const printed = /=(.*)$/.exec(lines[index + 1] ?? '')?.[1];
    const value = printed === '-inf' ? Number.NEGATIVE_INFINITY : Number.parseFloat(printed ?? '');
    frames.push({ mediaMs: Number(time) * 1000, ...(Number.isNaN(value) ? {} : { value }) });
  }
  return frames;
}
