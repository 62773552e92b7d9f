import type { CameraSource } from '../camera/camera.ts';

/** How long a tool takes from its spawn to the first frame before anything was learnt, by kind of input. */
const firstGuessMs: Record<CameraSource['kind'], number> = {
  test: 1500,
  rtsp: 4000,
  url: 6000,
  v4l2: 3000,
  audio: 2000,
  file: 1500,
  rpicam: 4000,
  restream: 4000,
  command: 0,
};

const remembered = 10;
const marginMs = 1000;
/** No tool is ever started earlier than this before the planned start. */
export const preRollLimitMs = 20_000;

/** Past delays from spawn to first frame, newest last. */
export type StartDelays = readonly number[];

export function learnDelay(delays: StartDelays, delayMs: number): number[] {
  return [...delays, Math.round(delayMs)].slice(-remembered);
}

/**
 * How long before the planned start the tool is spawned: the slowest of the last ten starts and a margin, never less
 * than the first guess for its kind, and twice that guess while nothing was learnt (a machine that starts ten tools at
 * the full hour is slow): one slow start must not cost the beginning of a lecture, an early one costs nothing but a few
 * seconds of disk. A user's own command writes whole files, so it starts on time.
 */
export function preRollMs(kind: CameraSource['kind'], delays: StartDelays): number {
  if (kind === 'command') return 0;
  const learnt = delays.length === 0 ? firstGuessMs[kind] * 2 : Math.max(...delays) * 1.25 + marginMs;
  return Math.min(preRollLimitMs, Math.max(firstGuessMs[kind], learnt));
}
