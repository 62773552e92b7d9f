import { ReelflowError } from '../errors.ts';
import type { Chunk, Segment } from './chunk.ts';

/** Everything the index knows of a chunk, beside its objects in the store: the index can be made anew from these alone. */
export interface Sidecar {
  format: 'reelflow-chunk';
  version: 1;
  chunk: Chunk;
  segments: Segment[];
}

/** A day in one chunk, in segments of two seconds and five tracks, is below this. */
export const longestSidecarBytes = 64 * 1024 * 1024;

export function writeSidecar(chunk: Chunk, segments: readonly Segment[]): Uint8Array {
  const sidecar: Sidecar = { format: 'reelflow-chunk', version: 1, chunk, segments: [...segments] };
  return new TextEncoder().encode(`${JSON.stringify(sidecar)}\n`);
}

/** Throws SIDECAR_INVALID. */
export function readSidecar(text: string, key: string): Sidecar {
  const refuse = (reason: string): never => {
    throw new ReelflowError('SIDECAR_INVALID', `${key}: ${reason}`);
  };
  let read: Partial<Sidecar> | null;
  try {
    read = JSON.parse(text) as Partial<Sidecar> | null;
  } catch {
    return refuse('is not JSON');
  }
  if (read?.format !== 'reelflow-chunk' || read.version !== 1) return refuse('is not of this format');
  const { chunk, segments } = read;
  if (!chunk || !Array.isArray(chunk.objects) || !Array.isArray(segments)) return refuse('is not complete');
  return read as Sidecar;
}
