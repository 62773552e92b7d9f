import { ReelflowError, toReelflowError } from '../errors.ts';
import { agentPropertiesFile, readAgentProperties, readNames } from './agent-properties.ts';
import type { CalendarBlock } from './calendar-text.ts';
import { type CalendarTime, instantOf, readTime, readTimes, type ZoneBook } from './calendar-time.ts';
import { type ContentLine, lineName, parseLine, textOf } from './content-line.ts';
import type { EventAttachment, ScheduledEvent } from './event.ts';
import { type EventLength, endOf, readDuration } from './length.ts';

export type EventDetails = Omit<ScheduledEvent, 'uid' | 'start' | 'end'>;

/** A VEVENT as it stands in the calendar, before recurrence. */
export interface CalendarEvent {
  uid: string;
  start: CalendarTime;
  length: EventLength;
  rules: string[];
  additions: { start: CalendarTime; length?: EventLength }[];
  exceptions: CalendarTime[];
  recurrenceId?: CalendarTime;
  /** RANGE=THISANDFUTURE: this override holds for all later occurrences too. */
  isThisAndFuture: boolean;
  isCancelled: boolean;
  /** Of two versions of one event the higher SEQUENCE, then the later LAST-MODIFIED or DTSTAMP holds. */
  version: [sequence: number, modified: string];
  details: EventDetails;
}

/** Without these read correctly an event would be recorded at a wrong time; others may be left out. */
const essential = new Set([
  'uid',
  'dtstart',
  'dtend',
  'duration',
  'rrule',
  'rdate',
  'exdate',
  'recurrence-id',
  'status',
]);

/**
 * Reads one VEVENT (RFC 5545 section 3.6.1).
 *
 * @param onProblem lines left out; the event itself is kept
 * @throws ReelflowError with a code EVENT_... when it can not be used
 */
export function readEvent(
  block: CalendarBlock,
  book: ZoneBook,
  onProblem: (code: string, message: string) => void,
): CalendarEvent {
  if (!block.isClosed) throw new ReelflowError('EVENT_NOT_CLOSED', 'END:VEVENT is missing');
  const lines = readLines(block, onProblem);
  const first = (name: string) => lines.find((line) => line.name === name);
  const all = (name: string) => lines.filter((line) => line.name === name);

  const startLine = first('dtstart');
  if (!startLine) throw new ReelflowError('EVENT_WITHOUT_START', 'DTSTART is missing');
  const start = readTime(startLine.raw, startLine.params['tzid'], book);
  // Exporters forget the TZID on the dates that belong to DTSTART: then they mean its zone, not ours.
  const zone = start.zone;
  const recurrenceLine = first('recurrence-id');
  const attachments = all('attach').map(readAttachment);
  const agentProperties = readAgentProperties(attachments);
  const title = textOf(first('summary')) ?? '';
  let uid = textOf(first('uid'))?.trim();
  if (!uid) {
    uid = `no-uid-${startLine.raw}-${title}`;
    onProblem('EVENT_WITHOUT_UID', `"${title}" has no UID; a change of its start will look like another event`);
  }
  return {
    uid,
    start,
    length: readLength(start, first('dtend'), first('duration'), book),
    rules: all('rrule').map((line) => line.raw),
    additions: all('rdate').flatMap((line) => readAdditions(line, book, zone)),
    exceptions: all('exdate').flatMap((line) => readTimes(line, book, zone)),
    ...(recurrenceLine && { recurrenceId: readTimes(recurrenceLine, book, zone)[0] as CalendarTime }),
    isThisAndFuture: recurrenceLine?.params['range']?.toUpperCase() === 'THISANDFUTURE',
    isCancelled: first('status')?.raw.toUpperCase() === 'CANCELLED',
    version: [Number(first('sequence')?.raw) || 0, first('last-modified')?.raw ?? first('dtstamp')?.raw ?? ''],
    details: {
      title,
      ...optional('location', textOf(first('location'))),
      ...optional('series', readSeries(lines)),
      ...optional('description', textOf(first('description'))),
      inputs: readNames(textOf(first('x-reelflow-inputs')) ?? agentProperties['capture.device.names']),
      properties: { ...readProperties(lines), ...agentProperties },
      attachments: attachments.filter((attachment) => attachment.filename !== agentPropertiesFile),
    },
  };
}

function readLines(block: CalendarBlock, onProblem: (code: string, message: string) => void): ContentLine[] {
  const lines: ContentLine[] = [];
  for (const raw of block.lines) {
    const name = lineName(raw);
    try {
      // Rules are kept as text: the one place that reads them is recurrence.ts.
      if (name === 'rrule') lines.push({ name, params: {}, type: 'recur', values: [], raw: raw.slice(6).trim() });
      else lines.push(parseLine(raw));
    } catch (error) {
      if (essential.has(name)) throw toReelflowError(error, 'EVENT_LINE_INVALID');
      onProblem('LINE_NOT_UNDERSTOOD', `a line was left out: ${raw.slice(0, 80)}`);
    }
  }
  return lines;
}

function readLength(
  start: CalendarTime,
  end: ContentLine | undefined,
  duration: ContentLine | undefined,
  book: ZoneBook,
): EventLength {
  let length: EventLength;
  if (end) {
    const endTime = readTime(end.raw, end.params['tzid'], book, start.zone);
    length = start.isDate
      ? { days: Math.round((endTime.local - start.local) / 86_400_000), exactMs: 0 }
      : { days: 0, exactMs: instantOf(endTime) - instantOf(start) };
  } else if (duration) {
    length = readDuration(duration.raw);
  } else {
    length = { days: start.isDate ? 1 : 0, exactMs: 0 };
  }
  const startUtc = instantOf(start);
  const ms = endOf(start.zone, startUtc, length) - startUtc;
  if (ms < 0) throw new ReelflowError('EVENT_ENDS_BEFORE_START', 'the end is before the start');
  if (ms === 0) throw new ReelflowError('EVENT_WITHOUT_DURATION', 'it has no duration: DTEND or DURATION is needed');
  return length;
}

/** RDATE: times, or periods that bring an end of their own. */
function readAdditions(line: ContentLine, book: ZoneBook, zone: CalendarTime['zone']): CalendarEvent['additions'] {
  return line.raw.split(',').map((value) => {
    const [from = '', to] = value.split('/');
    const start = readTime(from, line.params['tzid'], book, zone);
    if (to === undefined) return { start };
    if (to.startsWith('P')) return { start, length: readDuration(to) };
    const end = readTime(to, line.params['tzid'], book, zone);
    return { start, length: { days: 0, exactMs: instantOf(end) - instantOf(start) } };
  });
}

/** RFC 5545 section 3.8.1.1; Opencast names its inline files by X-APPLE-FILENAME. */
function readAttachment(line: ContentLine): EventAttachment {
  const { params, type } = line;
  const value = typeof line.values[0] === 'string' ? line.values[0] : '';
  const isInline = type === 'binary' || params['encoding']?.toUpperCase() === 'BASE64';
  return {
    ...optional('filename', params['x-apple-filename'] ?? params['filename'] ?? params['x-filename']),
    ...optional('mimeType', params['fmttype']),
    ...(isInline ? { text: Buffer.from(value, 'base64').toString('utf8') } : { uri: value }),
  };
}

/** RELATED-TO of Opencast is the id of the series; a RELTYPE other than PARENT means something else. */
function readSeries(lines: readonly ContentLine[]): string | undefined {
  const own = lines.find((line) => line.name === 'x-reelflow-series');
  const related = lines.find(
    (line) => line.name === 'related-to' && (line.params['reltype'] ?? 'PARENT').toUpperCase() === 'PARENT',
  );
  return textOf(own) ?? textOf(related);
}

/** X- properties in upper case as written, and the categories. */
function readProperties(lines: readonly ContentLine[]): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const line of lines) {
    if (line.name.startsWith('x-')) properties[line.name.toUpperCase()] = line.values.join(',');
  }
  const categories = lines.filter((line) => line.name === 'categories').flatMap((line) => line.values);
  if (categories.length > 0) properties['CATEGORIES'] = categories.join(',');
  return properties;
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
