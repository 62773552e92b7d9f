import type { PlaybackPlan } from './playback-plan.ts';

const mostCues = 2000;
const shortestMs = 1000;

/**
 * A thumbnail track (WebVTT, as players read them: the text of a cue is the address of its picture): a cue each `everyMs`
 * of what there is. Times count from the begin of what is played, in which gaps take no time.
 *
 * @param everyMs absent: some 200 cues
 */
export function thumbnailTrack(
  { tracks: [main], deliveredMs }: Pick<PlaybackPlan, 'tracks' | 'deliveredMs'>,
  address: (instantMs: number) => string,
  everyMs = Math.max(10_000, deliveredMs / 200),
): string {
  const stepMs = Math.max(shortestMs, everyMs, deliveredMs / mostCues);
  const cues: string[] = [];
  let runAt = 0;
  for (const run of main.runs) {
    const lengthMs = run.endMs - run.startMs;
    for (let at = 0; at < lengthMs; at += stepMs) {
      const times = [runAt + at, runAt + Math.min(lengthMs, at + stepMs)].map(clock);
      cues.push(`${times.join(' --> ')}\n${address(run.startMs + at)}\n`);
    }
    runAt += lengthMs;
  }
  return `WEBVTT\n\n${cues.join('\n')}`;
}

/** `01:02:03.456` */
function clock(ms: number): string {
  const whole = Math.round(ms);
  const text = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, '0');
  return `${text(whole / 3600_000)}:${text((whole / 60_000) % 60)}:${text((whole / 1000) % 60)}.${text(whole % 1000, 3)}`;
}
