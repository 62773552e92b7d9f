import { ReelflowError } from '../errors.ts';

/** A BEGIN...END block of an iCalendar stream, its content lines unfolded and unparsed. */
export interface CalendarBlock {
  /** Upper case: VCALENDAR, VEVENT, VTIMEZONE ... */
  name: string;
  lines: string[];
  blocks: CalendarBlock[];
  /** False when its END line is missing: what follows belongs to something else. */
  isClosed: boolean;
}

/** Largest calendar that is read, in bytes; a term of a university with inline catalogues is some 20 times smaller. */
export const maxCalendarBytes = 16 * 1024 * 1024;

/**
 * Bytes to text. RFC 5545 section 3.1 folds by octets, so a fold may stand inside a UTF-8 sequence: folds are taken out
 * before decoding. Not UTF-8 in spite of the RFC: taken as windows-1252, as old exporters write it.
 *
 * @param charset of the Content-Type header, when the sender named one
 */
export function decodeCalendar(bytes: Uint8Array, charset?: string): string {
  const label = utf16Label(bytes) ?? charset;
  if (label && !/^utf-?8$/i.test(label)) {
    try {
      return new TextDecoder(label).decode(bytes);
    } catch {
      // A charset nobody knows: decide by the bytes.
    }
  }
  const unfolded = unfoldOctets(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(unfolded);
  } catch {
    return new TextDecoder('windows-1252').decode(unfolded);
  }
}

/**
 * Cuts text into its VCALENDAR blocks.
 *
 * @throws CALENDAR_EMPTY, CALENDAR_NOT_ICALENDAR, CALENDAR_TRUNCATED
 */
export function splitCalendar(text: string): CalendarBlock[] {
  const lines = unfoldLines(text);
  const first = lines.findIndex((line) => /^BEGIN:VCALENDAR\s*$/i.test(line));
  if (lines.length === 0) {
    throw new ReelflowError('CALENDAR_EMPTY', 'the calendar is empty; expected BEGIN:VCALENDAR', { isRetryable: true });
  }
  if (first < 0 || lines[0]?.startsWith('<')) throw notACalendar(lines[0] ?? '');
  const calendars = readBlocks(lines.slice(first)).filter((block) => block.name === 'VCALENDAR');
  if (calendars.some((calendar) => !calendar.isClosed)) {
    throw new ReelflowError('CALENDAR_TRUNCATED', 'the calendar is cut off: END:VCALENDAR is missing', {
      isRetryable: true,
    });
  }
  return calendars;
}

function notACalendar(firstLine: string): ReelflowError {
  const isPage = firstLine.startsWith('<');
  const what = isPage ? 'a web page, perhaps a login or an error page' : 'something else';
  return new ReelflowError('CALENDAR_NOT_ICALENDAR', `expected an iCalendar (BEGIN:VCALENDAR), got ${what}`, {
    isRetryable: true,
  });
}

function readBlocks(lines: string[]): CalendarBlock[] {
  const root: CalendarBlock = { name: '', lines: [], blocks: [], isClosed: true };
  const open: CalendarBlock[] = [root];
  for (const line of lines) {
    const begin = /^BEGIN:(\S+)\s*$/i.exec(line)?.[1]?.toUpperCase();
    const end = /^END:(\S+)\s*$/i.exec(line)?.[1]?.toUpperCase();
    if (begin) {
      // These never nest: an open one has lost its END, and must not swallow the next.
      if (begin === 'VEVENT' || begin === 'VTIMEZONE') leave(open, begin);
      if (begin === 'VCALENDAR') open.length = 1;
      const block = { name: begin, lines: [], blocks: [], isClosed: false };
      open.at(-1)?.blocks.push(block);
      open.push(block);
    } else if (end) {
      const at = open.findLastIndex((block) => block.name === end);
      if (at < 1) continue;
      for (const block of open.splice(at)) block.isClosed = block.name === end;
    } else {
      open.at(-1)?.lines.push(line);
    }
  }
  return root.blocks;
}

function leave(open: CalendarBlock[], name: string): void {
  const at = open.findLastIndex((block) => block.name === name);
  if (at > 0) open.length = at;
}

function unfoldLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if ((line.startsWith(' ') || line.startsWith('\t')) && lines.length > 0)
      lines.push(`${lines.pop()}${line.slice(1)}`);
    else if (line.trim() !== '') lines.push(line);
  }
  return lines;
}

function unfoldOctets(bytes: Uint8Array): Uint8Array {
  const lf = 0x0a;
  const cr = 0x0d;
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const newLine = bytes[at] === lf ? 1 : bytes[at] === cr && bytes[at + 1] === lf ? 2 : 0;
    const next = bytes[at + newLine];
    if (newLine > 0 && (next === 0x20 || next === 0x09)) {
      at += newLine;
    } else {
      out[length++] = bytes[at] ?? 0;
    }
  }
  return out.subarray(0, length);
}

function utf16Label(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}
