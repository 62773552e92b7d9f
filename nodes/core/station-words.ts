import { isPaused } from './recording/pause.ts';
import type { Recording } from './recording/recording.ts';
import type { Station } from './station.ts';

const longestTitle = 60;
const dayMs = 86_400_000;

/**
 * What a station is doing, in one line for people: `recording "Lecture 3" until 14:30; uploading 1; next "Seminar" at
 * 15:00`. Times are those on the wall of `timeZone` (IANA; default the machine's).
 */
export function stationWords(station: Station, timeZone?: string): string {
  const { recordings, ingests, alarms, clock } = station;
  const at = (epochMs: number): string => wallTime(epochMs, clock.now(), timeZone);
  const uploading = (ingests?.progress() ?? []).filter(({ state }) => state === 'uploading' || state === 'ingesting');
  const delivering = recordings.list({ states: ['delivering'] }).length - uploading.length;
  const errors = alarms.list().filter(({ severity }) => severity === 'error');
  const doing = [
    ...captureWords(recordings.list({ states: ['recording'] }), at),
    ...countWords('finishing', recordings.list({ states: ['finishing'] }).length),
    ...countWords('uploading', uploading.length),
    ...countWords('delivering', delivering),
  ];
  return [
    ...(doing.length > 0 ? doing : ['idle']),
    ...nextWords(station, at),
    ...countWords('errors:', errors.length),
  ].join('; ');
}

function captureWords(running: readonly Recording[], at: (epochMs: number) => string): string[] {
  const [only] = running;
  if (!only) return [];
  const end = at(Math.max(...running.map(({ plannedEnd }) => plannedEnd)));
  if (running.length > 1) return [`recording ${running.length} until ${end}`];
  return [`recording ${quoted(only.title)} until ${end}${isPaused(only) ? ' (paused)' : ''}`];
}

function nextWords({ schedules, clock }: Station, at: (epochMs: number) => string): string[] {
  const [next] = schedules
    .list()
    .flatMap(({ events }) => events)
    .filter(({ start }) => start > clock.now())
    .sort((a, b) => a.start - b.start);
  return next ? [`next ${quoted(next.title)} at ${at(next.start)}`] : [];
}

function countWords(what: string, count: number): string[] {
  return count > 0 ? [`${what} ${count}`] : [];
}

/** A title is somebody else's text: one line, and not a long one. */
function quoted(title: string): string {
  const line = title.replaceAll(/\p{Cc}+/gu, ' ').trim();
  return `"${line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line}"`;
}

/** `14:30`, and with the day when it is not within a day from now: `Fri 27 Nov, 14:30`. */
function wallTime(epochMs: number, now: number, timeZone: string | undefined): string {
  const day = { weekday: 'short', day: 'numeric', month: 'short' } as const;
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(Math.abs(epochMs - now) < dayMs ? {} : day),
    ...(timeZone && { timeZone }),
  }).format(epochMs);
}
