import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaptureSpool, SpooledCapture } from '../../core/archive/capture-spool.ts';
import { FileCapture } from './file-capture.ts';

/** Chunks that are being captured, below one folder: `<channel>/<start in ms>/<track>.media` and `journal.jsonl`. */
export class FileSpool implements CaptureSpool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(channel: string, startMs: number): Promise<SpooledCapture> {
    const folder = this.#place(channel, startMs);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await FileCapture.open(folder, startMs);
  }

  async list(): Promise<{ channel: string; startMs: number }[]> {
    const found: { channel: string; startMs: number }[] = [];
    for (const channel of await namesIn(this.#folder)) {
      for (const name of await namesIn(join(this.#folder, channel))) {
        if (/^-?\d+$/.test(name)) found.push({ channel, startMs: Number(name) });
      }
    }
    return found;
  }

  async discard(channel: string, startMs: number): Promise<void> {
    await rm(this.#place(channel, startMs), { recursive: true, force: true });
  }

  #place(channel: string, startMs: number): string {
    return join(this.#folder, channel, String(startMs));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
