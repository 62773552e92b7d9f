import { startOfDay } from './format.ts';
import type { ConflictJson, PlannedEventJson, RecordingJson, RecordingState } from './types.ts';

/** Something with a begin and an end: an event that is planned, or a recording that was made. Epoch ms. */
export interface TimelineItem {
  key: string;
  title: string;
  start: number;
  end: number;
  inputs: string[];
  location: string | undefined;
  series: string | undefined;
  state: RecordingState;
  recordingId: string | undefined;
  isManual: boolean;
  isDegraded: boolean;
  conflicts: ConflictJson[];
}

/** Planned events and recordings as one list, earliest first; an event that became a recording is there once. */
export function timelineItems(
  events: readonly PlannedEventJson[],
  recordings: readonly RecordingJson[],
): TimelineItem[] {
  const items = new Map<string, TimelineItem>();
  for (const event of events) items.set(event.uid, itemOfEvent(event));
  for (const recording of recordings) {
    const key = recording.origin === 'schedule' ? recording.event.uid : recording.id;
    items.set(key, itemOfRecording(key, recording, items.get(key)));
  }
  return [...items.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

function itemOfEvent(event: PlannedEventJson): TimelineItem {
  return {
    key: event.uid,
    title: event.title,
    start: Date.parse(event.start),
    end: Date.parse(event.end),
    inputs: event.inputs,
    location: event.location,
    series: event.series,
    state: event.recording?.state ?? 'scheduled',
    recordingId: event.recording?.id,
    isManual: false,
    isDegraded: false,
    conflicts: event.conflicts,
  };
}

function itemOfRecording(key: string, recording: RecordingJson, planned: TimelineItem | undefined): TimelineItem {
  const isManual = recording.origin === 'manual';
  return {
    key,
    title: recording.title,
    // What was planned, for a recording of the calendar: it is captured a little longer than that.
    start: Date.parse((isManual ? recording.start : undefined) ?? recording.plannedStart),
    end: Date.parse((isManual ? recording.end : undefined) ?? recording.plannedEnd),
    inputs: recording.inputs,
    location: recording.event.location,
    series: recording.event.series,
    state: recording.state,
    recordingId: recording.id,
    isManual,
    isDegraded: recording.isDegraded,
    conflicts: planned?.conflicts ?? [],
  };
}

/** A stretch of time that is drawn from left to right: a day, or the next hours. */
export interface Stretch {
  from: number;
  to: number;
}

/** What is drawn: one item, or several that are too close together to be told apart. Fractions of the row's width. */
export interface Block {
  key: string;
  left: number;
  width: number;
  items: TimelineItem[];
}

/** Narrower than this is drawn this wide, so that a finger finds it. */
const leastWidth = 0.012;

/** Blocks of one lane, from left to right; items that would touch and are both tiny become one block. */
export function blocksOf(items: readonly TimelineItem[], stretch: Stretch): Block[] {
  const length = stretch.to - stretch.from;
  const blocks: Block[] = [];
  for (const item of items) {
    if (item.end <= stretch.from || item.start >= stretch.to) continue;
    const left = Math.max(0, (item.start - stretch.from) / length);
    const right = Math.min(1, (item.end - stretch.from) / length);
    const width = Math.max(leastWidth, right - left);
    const last = blocks.at(-1);
    const isTiny = right - left < leastWidth;
    if (last && isTiny && last.width <= leastWidth * 4 && left < last.left + last.width) {
      last.items.push(item);
      last.width = Math.max(last.width, Math.min(1, left + width) - last.left);
    } else {
      blocks.push({ key: item.key, left: Math.min(left, 1 - width), width, items: [item] });
    }
  }
  return blocks;
}

/** One lane for each input; items that still overlap on it (conflicts) go below one another. */
export interface Lane {
  input: string;
  rows: Block[][];
}

export function lanesOf(items: readonly TimelineItem[], inputs: readonly string[], stretch: Stretch): Lane[] {
  return inputs.map((input) => {
    const own = items.filter(
      (item) => item.inputs.includes(input) && item.end > stretch.from && item.start < stretch.to,
    );
    const rows: TimelineItem[][] = [];
    for (const item of own) {
      const row = rows.find((one) => (one.at(-1)?.end ?? 0) <= item.start);
      if (row) row.push(item);
      else rows.push([item]);
    }
    return { input, rows: (rows.length === 0 ? [[]] : rows).map((row) => blocksOf(row, stretch)) };
  });
}

export interface DayRow extends Stretch {
  /** Midnight. */
  day: number;
}

/** The days from one instant to another, each cut to the hours in which anything happens on any of them. */
export function dayRows(items: readonly TimelineItem[], from: number, days: number): DayRow[] {
  const midnights = Array.from({ length: days + 1 }, (_, index) => midnightAfter(from, index));
  const hours = busyHours(items, midnights);
  return midnights.slice(0, days).map((day, index) => ({
    day,
    from: atHour(day, hours.first),
    to: hours.last === 24 ? (midnights[index + 1] ?? day) : atHour(day, hours.last),
  }));
}

/** Working hours, wider when something happens outside of them. */
function busyHours(items: readonly TimelineItem[], midnights: readonly number[]): { first: number; last: number } {
  const [begin = 0, end = 0] = [midnights[0], midnights.at(-1)];
  let first = 8;
  let last = 18;
  for (const item of items) {
    if (item.end <= begin || item.start >= end) continue;
    first = Math.min(first, new Date(item.start).getHours());
    const isOverMidnight = startOfDay(item.end - 1) > startOfDay(item.start);
    if (isOverMidnight) return { first: 0, last: 24 };
    last = Math.max(last, new Date(item.end - 1).getHours() + 1);
  }
  return { first, last };
}

function midnightAfter(instant: number, days: number): number {
  const day = new Date(startOfDay(instant));
  day.setDate(day.getDate() + days);
  return day.getTime();
}

function atHour(midnight: number, hour: number): number {
  const day = new Date(midnight);
  day.setHours(hour);
  return day.getTime();
}

/** Where a tick of the axis stands, and its words. */
export function ticksOf(stretch: Stretch, atMost: number): { at: number; left: number }[] {
  const length = stretch.to - stretch.from;
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440];
  const minutes = steps.find((step) => length / (step * 60_000) <= atMost) ?? 2880;
  const step = minutes * 60_000;
  const midnight = startOfDay(stretch.from);
  const first = midnight + Math.ceil((stretch.from - midnight) / step) * step;
  const ticks = [];
  for (let at = first; at < stretch.to; at += step) ticks.push({ at, left: (at - stretch.from) / length });
  return ticks;
}
