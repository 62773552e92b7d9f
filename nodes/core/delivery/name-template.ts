import { ReelflowError } from '../errors.ts';
import type { Recording, RecordingTrack } from '../recording/recording.ts';
import { extensionOf, safeSegment, safeText } from './safe-name.ts';

export const defaultNameTemplate = '{{date}} {{time}} {{title}}';

export const namePlaceholders = [
  'date',
  'time',
  'title',
  'location',
  'series',
  'input',
  'id',
  'flavor',
  'ext',
] as const;
export type NamePlaceholder = (typeof namePlaceholders)[number];

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
const extensionAtEnd = /\.?\{\{\s*ext\s*\}\}\s*$/;
const longestTemplate = 500;
/** Sub-folders and the name. */
const mostSegments = 8;

/** What is wrong with a template, as the end of a sentence; undefined when nothing is. */
export function templateProblem(template: string): string | undefined {
  if (template.length > longestTemplate) return `is longer than ${longestTemplate} characters`;
  for (const [, name = ''] of template.matchAll(placeholder)) {
    if (isPlaceholder(name)) continue;
    const known = namePlaceholders.map((one) => `{{${one}}}`).join(' ');
    return `has {{${name}}}, which is not known; there are ${known}`;
  }
  if (/\{\{|\}\}/.test(template.replace(placeholder, ''))) return 'has {{ without }}, or the reverse';
  if (template.split('/').length > mostSegments) return `has more than ${mostSegments - 1} sub-folders`;
  return undefined;
}

/** Throws NAME_TEMPLATE_INVALID. */
export function checkTemplate(template: string): void {
  const problem = templateProblem(template);
  if (problem) {
    throw new ReelflowError('NAME_TEMPLATE_INVALID', `the name template ${problem}`, { field: 'nameTemplate' });
  }
}

export function hasPlaceholder(template: string, name: NamePlaceholder): boolean {
  return [...template.replace(extensionAtEnd, '').matchAll(placeholder)].some(([, found]) => found === name);
}

/**
 * The name of one track below the target folder, `/` between folders, without its extension. What the values hold never
 * makes a folder; what is empty leaves no trace; a name with nothing left in it is the recording's id.
 *
 * @param timeZone of date and time (of the planned start); the machine's own by default
 */
export function renderName(template: string, recording: Recording, track: RecordingTrack, timeZone?: string): string {
  const values = valuesFor(recording, track, timeZone);
  const segments = template
    .replace(extensionAtEnd, '')
    .split('/')
    .map((segment) =>
      segment.replace(placeholder, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole)),
    )
    .map((segment) => safeSegment(safeText(segment)))
    .filter((segment) => segment !== '');
  return segments.slice(0, mostSegments).join('/') || safeSegment(safeText(recording.id));
}

function valuesFor(
  recording: Recording,
  track: RecordingTrack,
  timeZone: string | undefined,
): Record<NamePlaceholder, string> {
  // Swedish writes 2026-11-21 10:15:00, which sorts by time.
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  const [date = '', time = ''] = format.format(recording.plannedStart).split(' ');
  return {
    date,
    time: time.replaceAll(':', '-'),
    title: safeText(recording.title),
    location: safeText(recording.event.location ?? ''),
    series: safeText(recording.event.series ?? ''),
    input: safeText(track.input),
    id: safeText(recording.id),
    flavor: safeText(track.flavor),
    ext: extensionOf(track.path),
  };
}

function isPlaceholder(name: string): name is NamePlaceholder {
  return (namePlaceholders as readonly string[]).includes(name);
}
