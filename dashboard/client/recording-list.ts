import type { RecordingJson, RecordingState } from './types.ts';

export interface ListFilter {
  id: string;
  word: string;
  matches(recording: RecordingJson): boolean;
  /** The same for the server: its parameters. */
  query: { state?: string; problem?: string };
}

/** The filters above the list. What has not begun yet belongs to the schedule, not here. */
export const listFilters: readonly ListFilter[] = [
  ofStates(
    'all',
    'All',
    'recording',
    'finishing',
    'recorded',
    'delivering',
    'delivered',
    'failed',
    'cancelled',
    'skipped',
  ),
  ofStates('running', 'Running', 'recording', 'finishing'),
  ofStates('waiting', 'Not delivered', 'recorded', 'delivering'),
  ofStates('delivered', 'Delivered', 'delivered'),
  { id: 'problems', word: 'Problems', matches: hasProblem, query: { problem: 'true' } },
];

function ofStates(id: string, word: string, ...states: RecordingState[]): ListFilter {
  return { id, word, matches: ({ state }) => states.includes(state), query: { state: states.join(',') } };
}

function hasProblem(recording: RecordingJson): boolean {
  if (recording.state === 'cancelled') return false;
  return (
    recording.state === 'failed' ||
    recording.state === 'skipped' ||
    recording.isDegraded ||
    recording.warnings.length > 0 ||
    recording.delivery?.lastError !== undefined
  );
}

/** Every word must be somewhere: title, series, place, camera, id, date. */
export function matchesSearch(recording: RecordingJson, search: string): boolean {
  const { event } = recording;
  const hay = [recording.title, recording.id, event.series, event.location, ...recording.inputs, recording.plannedStart]
    .join(' ')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** A stretch of the recording's bar: captured or missing. Fractions of its planned length. */
export interface Span {
  left: number;
  width: number;
  isGap: boolean;
  words: string;
}

/** The parts and gaps of one camera, as fractions of the time from the first to the last instant known. */
export function spansOf(recording: RecordingJson, input: string, now: number): Span[] {
  const begin = Date.parse(recording.start ?? recording.plannedStart);
  const isOpen = recording.end === undefined;
  const end = Math.max(begin + 1, isOpen ? Math.max(now, begin) : Date.parse(recording.end ?? recording.plannedEnd));
  const span = (from: string, to: string | undefined, isGap: boolean, words: string): Span => {
    const left = clamp((Date.parse(from) - begin) / (end - begin));
    const right = clamp(((to === undefined ? end : Date.parse(to)) - begin) / (end - begin));
    return { left, width: Math.max(0, right - left), isGap, words };
  };
  const parts = recording.parts
    .filter((part) => part.input === input)
    .map((part, index) => span(part.start, part.end, false, `part ${index + 1}`));
  const gaps = recording.gaps
    .filter((gap) => gap.input === input)
    .map((gap) => span(gap.start, gap.end, true, gap.reason));
  return [...parts, ...gaps];
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
