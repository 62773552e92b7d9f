import { ReelflowError } from '../errors.ts';
import type { PlaybackPlan } from '../playback/playback-plan.ts';
import type { PlayedSegment, PlayedTrack, Run } from '../playback/played-track.ts';
import type { ClipInput, ClipPart, ObjectStretch } from './clip.ts';

/**
 * The inputs of a file: a picture, and the sound that goes with it where it is a stream of its own (see clipPlan). One
 * part for each stretch without a seam.
 *
 * Throws CLIP_UNAVAILABLE where the media do not fit into one MP4.
 */
export function clipParts({ tracks: [main, sound] }: Pick<PlaybackPlan, 'tracks'>): ClipPart[] {
  check(main);
  if (sound) check(sound);
  return main.runs.map((run) => {
    const segments = sound?.runs.flatMap((one) => one.segments).filter((segment) => isWithin(segment, run)) ?? [];
    const inputs: ClipPart['inputs'] = [inputOf(main, run.segments)];
    if (sound && segments.length > 0) inputs.push(inputOf(sound, segments));
    return { inputs };
  });
}

export function sizeOf(parts: readonly ClipPart[]): number {
  const stretches = parts.flatMap(({ inputs }) => inputs.flatMap((input) => input.stretches));
  return stretches.reduce((sum, { range }) => sum + range.end - range.start, 0);
}

/** It belongs where it begins, as a segment belongs to its chunk. */
function isWithin({ startMs, durationMs }: PlayedSegment, run: Run): boolean {
  const middle = startMs + durationMs / 2;
  return middle >= run.startMs && middle < run.endMs;
}

function inputOf({ track }: PlayedTrack, segments: readonly PlayedSegment[]): ClipInput {
  const stretches: ObjectStretch[] = [];
  let initSha: string | undefined;
  const add = (key: string, offset: number, length: number): void => {
    const last = stretches.at(-1);
    if (last?.key === key && last.range.end === offset) last.range.end += length;
    else stretches.push({ key, range: { start: offset, end: offset + length } });
  };
  for (const { object, init, offset, length } of segments) {
    if (init && init.sha256 !== initSha) add(object.key, init.offset, init.length);
    initSha = init?.sha256;
    add(object.key, offset, length);
  }
  return { container: track.container, stretches };
}

/** One MP4 has one format from its begin to its end, and streams without times of their own can not be laid beside others. */
function check({ track, runs }: PlayedTrack): void {
  if (track.container !== 'fmp4' && track.container !== 'ts') {
    throw unavailable(`the stream "${track.track}" is neither fragmented MP4 nor MPEG-TS`);
  }
  const formats = runs.flatMap((run) => {
    const object = run.segments[0]?.object;
    return object ? [`${object.container} ${object.codecs ?? ''} ${object.width ?? ''}x${object.height ?? ''}`] : [];
  });
  if (new Set(formats).size > 1) {
    throw unavailable(
      `the format of the stream "${track.track}" changes in this range; take what is before and behind it`,
    );
  }
}

function unavailable(reason: string): ReelflowError {
  return new ReelflowError('CLIP_UNAVAILABLE', `this can not be one file: ${reason}`);
}
