import type { StreamLook } from './ports.ts';

/** Figures over the last looks; a single look is too coarse, all of them hide what happens now. */
const windowMs = 10_000;

interface Point {
  atMs: number;
  value: number;
}

/** Frames a second and kilobits a second of a stream. Times are monotonic. */
export class RateMeter {
  #frames: Point[] = [];
  #bytes: Point[] = [];

  see(look: StreamLook, nowMs: number): void {
    if (look.frames !== undefined) this.#frames = add(this.#frames, { atMs: nowMs, value: look.frames });
    if (look.bytes !== undefined) this.#bytes = add(this.#bytes, { atMs: look.bytes.atMs, value: look.bytes.total });
  }

  figures(): { framesPerSecond?: number; kilobitsPerSecond?: number } {
    const frames = perSecond(this.#frames);
    const bytes = perSecond(this.#bytes);
    return {
      ...(frames === undefined ? {} : { framesPerSecond: Math.round(frames * 10) / 10 }),
      ...(bytes === undefined ? {} : { kilobitsPerSecond: Math.round((bytes * 8) / 1000) }),
    };
  }
}

function add(points: Point[], point: Point): Point[] {
  const last = points.at(-1);
  if (last && last.atMs >= point.atMs) return points;
  // A counter that went back is another stream's.
  if (last && point.value < last.value) return [point];
  const kept = points.filter(({ atMs }) => atMs > point.atMs - windowMs);
  // One point is always kept to measure from, however rarely somebody looks.
  return [...(kept.length > 0 ? kept : points.slice(-1)), point];
}

function perSecond(points: readonly Point[]): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || last.atMs - first.atMs < 500) return undefined;
  return ((last.value - first.value) * 1000) / (last.atMs - first.atMs);
}
