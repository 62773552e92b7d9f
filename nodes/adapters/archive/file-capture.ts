import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NewSegment, SpooledCapture, SpooledTrack } from '../../core/archive/capture-spool.ts';
import type { Segment } from '../../core/archive/chunk.ts';
import { type Track, trackKinds } from '../../core/archive/track.ts';
import { ReelflowError } from '../../core/errors.ts';
import { spoolError } from './spool-error.ts';
import { SpoolFile } from './spool-file.ts';

const container = z.enum(['fmp4', 'ts', 'packed', 'webvtt']);
const extent = { track: z.string(), offset: z.number().int().min(0), length: z.number().int().min(0) };
const lines = z.discriminatedUnion('line', [
  z.object({ line: z.literal('track'), track: z.looseObject({ track: z.string(), rank: z.number(), container }) }),
  z.object({ line: z.literal('init'), ...extent, initId: z.number().int(), sha256: z.string(), crc: z.number() }),
  z.object({
    line: z.literal('segment'),
    ...extent,
    sequence: z.number(),
    startMs: z.number(),
    durationMs: z.number(),
    isDiscontinuity: z.boolean(),
    initId: z.number().int().optional(),
    kinds: z.array(z.enum(trackKinds)),
    crc: z.number(),
  }),
]);
const readBytes = 512 * 1024;

export type JournalLine = z.infer<typeof lines>;

/**
 * One chunk while it is captured. Bytes first, then their line in the journal: what has a line is there, which a
 * checksum proves when the capture is opened again; after a power cut that may be less than the journal says.
 */
export class FileCapture implements SpooledCapture {
  readonly #folder: string;
  readonly #startMs: number;
  readonly #journal: FileHandle;
  readonly #files = new Map<string, SpoolFile>();
  readonly #segments: Segment[] = [];

  private constructor(folder: string, startMs: number, journal: FileHandle) {
    this.#folder = folder;
    this.#startMs = startMs;
    this.#journal = journal;
  }

  static async open(folder: string, startMs: number): Promise<FileCapture> {
    const path = join(folder, 'journal.jsonl');
    const { found, goodBytes } = parseJournal(await readIfThere(path));
    if (goodBytes !== undefined) await truncate(path, goodBytes);
    const journal = await open(path, 'a', 0o600);
    const capture = new FileCapture(folder, startMs, journal);
    try {
      await capture.#resume(found);
      return capture;
    } catch (error) {
      await capture.close();
      throw error;
    }
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  async addTrack(track: Track): Promise<void> {
    if (this.#files.has(track.track)) return;
    this.#files.set(track.track, await SpoolFile.open(this.#pathOf(track.track), track));
    await this.#write({ line: 'track', track });
  }

  async add(segment: NewSegment, init: Uint8Array | undefined, bytes: AsyncIterable<Uint8Array>): Promise<Segment> {
    const file = this.#files.get(segment.track);
    if (!file) throw new ReelflowError('INTERNAL', `track ${segment.track} was not announced`);
    const begun = init ? await file.addInit(init) : undefined;
    if (begun?.isNew) {
      const { initId, offset, length, sha256, crc } = begun;
      await this.#write({ line: 'init', track: segment.track, initId, offset, length, sha256, crc });
    }
    const { crc, ...written } = await file.addSegment(bytes, init);
    const { sequence, startMs, durationMs, isDiscontinuity } = segment;
    const added: Segment = {
      chunkStartMs: this.#startMs,
      track: segment.track,
      sequence,
      startMs,
      durationMs,
      isDiscontinuity,
      ...written,
      ...(begun ? { initId: begun.initId } : {}),
    };
    const { chunkStartMs: _known, ...line } = added;
    await this.#write({ line: 'segment', ...line, crc });
    this.#segments.push(added);
    return added;
  }

  async seal(): Promise<SpooledTrack[]> {
    const sealed: SpooledTrack[] = [];
    for (const [name, file] of this.#files) {
      const own = this.#segments.filter(({ track }) => track === name);
      // What another source filled in was appended after its time.
      const segments = own.sort((a, b) => a.startMs - b.startMs);
      const path = this.#pathOf(name);
      const read = () => bytesOf(path);
      if (segments.length > 0) sealed.push({ ...(await file.seal()), path, read, segments });
    }
    return sealed.sort((a, b) => a.track.rank - b.track.rank);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#journal.close(), ...[...this.#files.values()].map((file) => file.close())]);
  }

  /** Takes what the journal says as far as the bytes agree; everything after the first that does not is captured anew. */
  async #resume(found: readonly JournalLine[]): Promise<void> {
    for (const line of found) {
      if (line.line === 'track') {
        const track = line.track as unknown as Track;
        this.#files.set(track.track, await SpoolFile.open(this.#pathOf(track.track), track));
        continue;
      }
      const isThere = await this.#files.get(line.track)?.resume(line);
      if (!isThere || line.line !== 'segment') continue;
      const { line: _kind, crc: _sum, initId, ...segment } = line;
      this.#segments.push({ chunkStartMs: this.#startMs, ...segment, ...(initId === undefined ? {} : { initId }) });
    }
    for (const file of this.#files.values()) await file.cut();
  }

  async #write(line: JournalLine | { line: 'track'; track: Track }): Promise<void> {
    // One call: lines of two tracks must not mix.
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      const { bytesWritten } = await this.#journal.write(bytes);
      if (bytesWritten < bytes.length) throw Object.assign(new Error('written in part'), { code: 'ENOSPC' });
    } catch (error) {
      throw spoolError(error, this.#folder);
    }
  }

  /** Track names come from a source: nothing of them becomes a path as it is. */
  #pathOf(track: string): string {
    const safe = /^[a-z0-9-]{1,80}$/.test(track)
      ? track
      : createHash('sha256').update(track).digest('hex').slice(0, 16);
    return join(this.#folder, `${safe}.media`);
  }
}

/** Opened by who reads it: a store that takes the file as it is never does. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: readBytes });
}

/** The lines that are whole and make sense, and how far they reach where something else follows. */
function parseJournal(text: string): { found: JournalLine[]; goodBytes?: number } {
  const found: JournalLine[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const line = end < 0 ? undefined : parseLine(text.slice(at, end));
    if (!line) return { found, goodBytes: Buffer.byteLength(text.slice(0, at)) };
    found.push(line);
    at = end + 1;
  }
  return { found };
}

function parseLine(text: string): JournalLine | undefined {
  try {
    return lines.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
