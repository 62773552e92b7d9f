import ICAL from 'ical.js';

/** One property of a component, RFC 5545 section 3.1, as ical.js reads it (jCal, RFC 7265). */
export interface ContentLine {
  /** Lower case. */
  name: string;
  /** Keys lower case; VALUE is in `type`. */
  params: Readonly<Record<string, string>>;
  /** `text`, `date-time`, `date`, `binary`, `unknown` ... */
  type: string;
  values: readonly unknown[];
  /** What stands after the last colon: times and rules as written (ical.js reads times leniently and drops offsets). */
  raw: string;
}

/** Property name of a raw line, lower case. */
export function lineName(line: string): string {
  return line.slice(0, line.search(/[;:]|$/)).toLowerCase();
}

/** @throws Error of ical.js when the line is not a content line. */
export function parseLine(line: string): ContentLine {
  const parsed: unknown = ICAL.parse.property(line, ICAL.design.icalendar);
  if (!Array.isArray(parsed)) throw new Error(`not a content line: ${line.slice(0, 80)}`);
  const [name, params, type, ...values] = parsed as [string, Record<string, string | string[]>, string, ...unknown[]];
  const flat = Object.entries(params).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : value]);
  return { name, params: Object.fromEntries(flat), type, values, raw: line.slice(line.lastIndexOf(':') + 1).trim() };
}

/** First value as text; undefined when absent or empty. */
export function textOf(line: ContentLine | undefined): string | undefined {
  const value = line?.values[0];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
