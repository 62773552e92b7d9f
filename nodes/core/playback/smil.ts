import type { Chunk, Span } from '../archive/chunk.ts';
import { isoSeconds } from '../archive/chunk-key.ts';
import { xmlAttribute } from '../ingest/xml-text.ts';

/**
 * `npvr`: what the replaced archiver wrote, for Unified Remix as it was deployed with it: one `<seq>`, clips on its ends.
 * `continuous`: what Unified recommends since 1.12.2: a `<seq isContinuous="true">` for each run without a hole, with the
 * clips on the `<seq>` (https://docs.unified-streaming.com/documentation/remix/npvr).
 */
export const smilStyles = ['npvr', 'continuous'] as const;
export type SmilStyle = (typeof smilStyles)[number];

export interface SmilOptions {
  style: SmilStyle;
  /** Address of a chunk's main object. */
  source: (chunk: Chunk) => string;
}

/**
 * The chunks that a SMIL of the range names: those that overlap it, and where the range begins exactly on a boundary the
 * one before too, since the first group of pictures may lie across the boundary. A chunk that begins where the range ends
 * would only add nothing.
 */
export function smilChunks(range: Span, chunks: readonly Chunk[]): Chunk[] {
  const stored = chunks.filter(({ state }) => state === 'complete');
  const goesOn = stored.some(({ startMs }) => startMs === range.startMs);
  return stored.filter(({ startMs, endMs }) => {
    return startMs < range.endMs && (endMs > range.startMs || (goesOn && endMs === range.startMs));
  });
}

/** A SMIL 2.0 playlist (https://www.w3.org/TR/2001/REC-smil20-20010807) of chunks in order of time. */
export function writeSmil(range: Span, chunks: readonly Chunk[], { style, source }: SmilOptions): string {
  const body = style === 'npvr' ? flatSequence(range, chunks, source) : continuousSequences(range, chunks, source);
  return [
    "<?xml version='1.0' encoding='UTF-8'?>",
    '<smil xmlns="http://www.w3.org/2001/SMIL20/Language">',
    '  <head/>',
    '  <body>',
    ...body,
    '  </body>',
    '</smil>',
    '',
  ].join('\n');
}

function flatSequence(range: Span, chunks: readonly Chunk[], source: SmilOptions['source']): string[] {
  if (chunks.length === 0) return ['    <seq/>'];
  const videos = chunks.map((chunk, index) => {
    // Only inside of what there is: a clip in front of its own chunk plays something else.
    const isCutBegin = index === 0 && chunk.startMs <= range.startMs;
    const isCutEnd = index === chunks.length - 1 && range.endMs <= chunk.endMs;
    const begin = isCutBegin ? clip('clipBegin', range.startMs) : '';
    const end = isCutEnd ? clip('clipEnd', range.endMs) : '';
    return `      <video src="${xmlAttribute(source(chunk))}"${begin}${end}/>`;
  });
  return ['    <seq>', ...videos, '    </seq>'];
}

function continuousSequences(range: Span, chunks: readonly Chunk[], source: SmilOptions['source']): string[] {
  const runs: [Chunk, ...Chunk[]][] = [];
  for (const chunk of chunks) {
    const run = runs.at(-1);
    if (run?.at(-1)?.endMs === chunk.startMs) run.push(chunk);
    else runs.push([chunk]);
  }
  return runs.flatMap((run) => {
    const begin = clip('clipBegin', Math.max(range.startMs, run[0].startMs));
    const end = clip('clipEnd', Math.min(range.endMs, run.at(-1)?.endMs ?? range.endMs));
    const videos = run.map((chunk) => `      <video src="${xmlAttribute(source(chunk))}"/>`);
    return [`    <seq isContinuous="true"${begin}${end}>`, ...videos, '    </seq>'];
  });
}

function clip(name: 'clipBegin' | 'clipEnd', ms: number): string {
  return ` ${name}="wallclock(${isoSeconds(ms)})"`;
}
