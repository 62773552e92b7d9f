import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Station } from '../../nodes/core/station.ts';
import { stationWords } from '../../nodes/core/station-words.ts';

const now = Date.parse('2026-11-27T13:00:00Z');
const at = (time: string, day = '2026-11-27') => Date.parse(`${day}T${time}:00Z`);

interface Doing {
  recordings?: {
    state: string;
    title?: string;
    plannedEnd?: number;
    pauses?: { start: number; isLeftOut: boolean }[];
  }[];
  uploads?: string[];
  events?: { title: string; start: number }[];
  errors?: number;
}

function words({ recordings = [], uploads = [], events = [], errors = 0 }: Doing): string {
  const station = {
    clock: { now: () => now },
    recordings: { list: ({ states }: { states: string[] }) => recordings.filter((one) => states.includes(one.state)) },
    ingests: { progress: () => uploads.map((state) => ({ state })) },
    schedules: { list: () => [{ events }] },
    alarms: { list: () => Array.from({ length: errors }, () => ({ severity: 'error' })) },
  } as unknown as Station;
  return stationWords(station, 'Europe/Berlin');
}

const lecture = { state: 'recording', title: 'Lecture 3', plannedEnd: at('13:30') };

for (const [name, doing, expected] of [
  ['nothing', {}, 'idle'],
  ['one recording', { recordings: [lecture] }, 'recording "Lecture 3" until 14:30'],
  [
    'a paused one',
    { recordings: [{ ...lecture, pauses: [{ start: now, isLeftOut: true }] }] },
    'recording "Lecture 3" until 14:30 (paused)',
  ],
  [
    'several, until the last one ends',
    { recordings: [lecture, { ...lecture, plannedEnd: at('15:00') }, { state: 'finishing' }] },
    'recording 2 until 16:00; finishing 1',
  ],
  [
    'uploads and deliveries',
    { recordings: [{ state: 'delivering' }, { state: 'delivering' }], uploads: ['uploading', 'waiting'] },
    'uploading 1; delivering 1',
  ],
  [
    'the next of the events that have not begun',
    {
      events: [
        { title: 'Later', start: at('20:00') },
        { title: 'Seminar', start: at('14:00') },
        { title: 'Now', start: now },
      ],
    },
    'idle; next "Seminar" at 15:00',
  ],
  [
    'one on another day',
    { events: [{ title: 'S', start: at('08:00', '2026-11-30') }] },
    'idle; next "S" at Mon 30 Nov, 09:00',
  ],
  ['errors', { errors: 2 }, 'idle; errors: 2'],
  [
    'a title that would be a line of its own',
    { recordings: [{ ...lecture, title: `x\nREADY=1\r${'y'.repeat(100)}` }] },
    `recording "x READY=1 ${'y'.repeat(49)}…" until 14:30`,
  ],
] as [string, Doing, string][]) {
  test(`in words: ${name}`, () => assert.equal(words(doing), expected));
}
