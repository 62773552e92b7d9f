import { open } from 'node:fs/promises';
import { redact } from '../../core/redact.ts';

const tailBytes = 64 * 1024;
/** A tool that floods its log must not fill the disk: beyond this only the end is kept. */
export const largestLogBytes = 4 * 1024 * 1024;

/** The end of a capture tool's log, passwords taken out. Empty when there is none. */
export async function readToolLog(path: string, maxBytes = tailBytes): Promise<string> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(maxBytes, size));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    return redact(bytes.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
}

/**
 * FFmpeg says these on every good day; they only hide the line that matters. The times: an RTSP camera's first picture
 * often has none, and FFmpeg then remarks on each picture of the whole capture that it knows better.
 */
const noise = new RegExp(
  [
    'Last message repeated|Timestamps are unset in a packet|has not been used for any stream',
    'Invalid DTS: |Non-monotonous DTS|non monotonically increasing dts|pts \\(-?\\d+\\) < dts \\(-?\\d+\\)',
    '^\\[\\w+\\]$',
  ].join('|'),
);

/** FFmpeg ends with 0 when it can not write the end of a file, nor bring it in order (faststart): only its words tell. */
export function isFileUnfinished(log: string): boolean {
  return /Error writing trailer|No space left on device/.test(log);
}

/** What tells why a tool ended: its last lines, each once. */
export function tellingLines(log: string, count = 12): string[] {
  const lines = log
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !noise.test(line));
  return lines.filter((line, index) => line !== lines[index - 1]).slice(-count);
}

/**
 * Cuts a log that has grown too long down to its end. The tool has it open for appending, so it writes on behind; lines
 * that it writes in this very moment may be lost.
 */
export async function boundToolLog(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (size <= largestLogBytes) return;
    const end = await readToolLog(path);
    await file.truncate(0);
    const note = `[Reelflow] ${Math.round(size / 1024)} KiB of log were cut here\n`;
    await file.write(note + end.slice(end.indexOf('\n') + 1), 0);
  } finally {
    await file.close();
  }
}

/** When the tool is gone: passwords that it wrote into its log are taken out of the file itself. */
export async function cleanToolLog(path: string): Promise<void> {
  const text = await readToolLog(path, largestLogBytes);
  if (text === '') return;
  const file = await open(path, 'r+');
  try {
    await file.truncate(0);
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}
