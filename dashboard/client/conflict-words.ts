import { timeOfDay } from './format.ts';
import type { ConflictJson, PlannedEventJson } from './types.ts';

/** The titles of the other events, each once. */
export function othersIn(conflicts: readonly ConflictJson[], uid: string, events: readonly PlannedEventJson[]): string {
  const others = conflicts.map(({ first, second }) => (first === uid ? second : first));
  return [...new Set(others)].map((other) => titleOf(other, events)).join(', ');
}

/** One conflict of the event `uid` as a sentence or two: with what, and what comes of it. */
export function conflictSentence(conflict: ConflictJson, uid: string, events: readonly PlannedEventJson[]): string {
  const isFirst = conflict.first === uid;
  const other = titleOf(isFirst ? conflict.second : conflict.first, events);
  const camera = conflict.input === '' ? 'the same camera' : conflict.input;
  const from = timeOfDay(Date.parse(conflict.start));
  const until = timeOfDay(Date.parse(conflict.end));
  return `“${other}” wants ${camera} too, from ${from} to ${until}. ${outcome(conflict, isFirst, other)}`;
}

function outcome({ outcome: comes, secondBeginsAt }: ConflictJson, isFirst: boolean, other: string): string {
  if (comes === 'both-complete') return 'Both are recorded completely.';
  const later = isFirst ? `“${other}”` : 'This one';
  if (comes === 'second-not-recorded') return `${later} is not recorded: the camera takes one recording at a time.`;
  const at = secondBeginsAt === undefined ? 'when the camera is free' : `at ${timeOfDay(Date.parse(secondBeginsAt))}`;
  return `${later} begins late, ${at}: the camera takes one recording at a time.`;
}

function titleOf(uid: string, events: readonly PlannedEventJson[]): string {
  return events.find((event) => event.uid === uid)?.title ?? 'another event';
}
