import { sentenceOf } from './api.ts';
import type { ChannelJson, HoleJson, JobState, StretchJson, StretchKind } from './archive-types.ts';
import { interval, timeOfDay, wordDuration } from './format.ts';

export interface Look {
  word: string;
  tone: 'live' | 'good' | 'busy' | 'plan' | 'warn' | 'bad' | 'idle';
  icon: string;
}

/** A source that is so much older than its own segments are long does not come on. */
const lateAfterMs = 30_000;
const lateSegments = 4;

/** How old the newest moment is that the source has, ms. */
export function edgeAgeMs({ source }: ChannelJson, now: number): number | undefined {
  return source && Math.max(0, now - Date.parse(source.end));
}

export function channelLook(channel: ChannelJson, now: number): Look {
  const { source, trouble, isEnabled } = channel;
  if (!isEnabled) return { word: 'Paused', tone: 'idle', icon: 'mdi-pause-circle-outline' };
  if (trouble) return { word: 'Trouble', tone: 'bad', icon: 'mdi-alert-circle' };
  if (!source) return { word: 'Connecting', tone: 'busy', icon: 'mdi-lan-connect' };
  if (source.isEnded) return { word: 'Ended', tone: 'idle', icon: 'mdi-stop-circle-outline' };
  const limit = Math.max(lateAfterMs, lateSegments * source.targetDurationMs);
  if ((edgeAgeMs(channel, now) ?? 0) > limit) return { word: 'Late', tone: 'warn', icon: 'mdi-clock-alert-outline' };
  return { word: 'Live', tone: 'live', icon: 'mdi-record-circle' };
}

export const stretchLooks: Readonly<Record<StretchKind, Look>> = {
  whole: { word: 'Whole', tone: 'good', icon: 'mdi-check-circle' },
  holed: { word: 'With holes', tone: 'warn', icon: 'mdi-alert-outline' },
  missing: { word: 'Missing', tone: 'bad', icon: 'mdi-close-circle-outline' },
  expired: { word: 'Expired', tone: 'idle', icon: 'mdi-timer-sand-complete' },
  coming: { word: 'On its way', tone: 'busy', icon: 'mdi-progress-download' },
};

export const jobLooks: Readonly<Record<JobState, Look>> = {
  queued: { word: 'Waiting', tone: 'plan', icon: 'mdi-clock-outline' },
  active: { word: 'Running', tone: 'busy', icon: 'mdi-progress-download' },
  retrying: { word: 'Trying again', tone: 'warn', icon: 'mdi-refresh' },
  completed: { word: 'Done', tone: 'good', icon: 'mdi-check-circle' },
  failed: { word: 'Failed', tone: 'bad', icon: 'mdi-alert-circle' },
  cancelled: { word: 'Cancelled', tone: 'idle', icon: 'mdi-cancel' },
};

const holeWords: Readonly<Record<string, string>> = {
  SEGMENT_LOST: 'the source had it and did not give it',
  SEGMENT_UNREADABLE: 'what came was no media',
  SOURCE_GAP: 'the source itself says that it has not got it',
  SOURCE_SILENT: 'the source had nothing of that time',
  BEFORE_WINDOW: 'the source had let it go before it was first asked',
  TRACK_MISSING: 'the source did not have this stream',
  UNDECODABLE: 'it is stored, but cannot be decoded',
};

/** `sound missing from 10:15:02 to 10:15:06 (4 s), because ...`. */
export function holeSentence({ start, end, code, kind, track }: HoleJson): string {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  const what = kind === 'audio' ? 'sound' : kind === 'video' ? 'picture' : track === 'main' ? 'everything' : track;
  const span = `${what} from ${timeOfDay(from, true)} to ${timeOfDay(to, true)} (${wordDuration(to - from)})`;
  if (code === 'KIND_MISSING') return `${span}: the stream went on without it`;
  return `${span}: ${holeWords[code] ?? code}`;
}

/** What there is to say about a stretch of the timeline, in a sentence or two. */
export function stretchSentence(stretch: StretchJson): string {
  const { kind, holeCount, missingKinds, reason } = stretch;
  if (kind === 'whole') return 'Everything is there.';
  if (kind === 'expired') return 'It was removed when its time was over.';
  if (kind === 'coming') return reason ? `Not there yet. ${sentenceOf(reason.message)}` : 'It is being captured.';
  if (kind === 'missing') return reason ? sentenceOf(reason.message) : 'It was never captured.';
  const holes = holeCount === 0 ? '' : `${holeCount} ${holeCount === 1 ? 'hole' : 'holes'}. `;
  const kinds = missingKinds.map((one) => (one === 'audio' ? 'sound' : one === 'video' ? 'picture' : one));
  return `${holes}${kinds.length === 0 ? '' : `Without ${kinds.join(' and ')}.`}`.trim() || 'Something is missing.';
}

export function stretchTitle(stretch: StretchJson, now: number): string {
  return `${stretchLooks[stretch.kind].word}, ${interval(Date.parse(stretch.start), Date.parse(stretch.end), now)}`;
}
