import { setImmediate as letOthersRun } from 'node:timers/promises';

/** One `S` of a SegmentTimeline (ISO/IEC 23009-1, 5.3.9.6), in units of the template's `timescale`. */
export interface TimelineEntry {
  /** Beyond what a number holds to the unit: ten millions of them a second since 1970 are usual. */
  t?: bigint;
  d: number;
  /** Further ones of the same length; below zero: until the next entry, or as long as there is something. */
  r: number;
}

export interface TakenTimelines {
  /** The document without them. */
  rest: string;
  timelines: TimelineEntry[][];
}

const begin = /<SegmentTimeline(?:\s[^<>]*)?(?<!\/)>/g;
const end = /<\/SegmentTimeline\s*>/g;
const attribute = '(?:\\s+([\\w:.-]+)\\s*=\\s*["\']([^"\'<&]*)["\'])?';
const entryElement = new RegExp(`<S${attribute.repeat(6)}\\s*(?:/>|>\\s*</S\\s*>)`, 'y');
/** Space and comments. */
const between = /\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)*/y;
const wholeNumber = /^\s*-?\d{1,20}\s*$/;
/** Some milliseconds' work. */
const inOneGo = 5000;

/**
 * Takes the timelines out of an MPD before it is read as XML, and leaves in each the place `<S taken="…"/>` of its entries.
 * A window of a day is some hundred thousand elements, of which a tree of nodes would stop everything else for seconds: so
 * they are read here, and not in one go. A timeline that is anything but plain `S` elements stays as it is.
 *
 * @param known what was taken from the same text before
 */
export async function takeTimelines(text: string, known: Map<string, TimelineEntry[]>): Promise<TakenTimelines> {
  const timelines: TimelineEntry[][] = [];
  const seen = new Map<string, TimelineEntry[]>();
  let rest = '';
  let at = 0;
  for (const { index, 0: tag } of text.matchAll(begin)) {
    const from = index + tag.length;
    end.lastIndex = from;
    const to = end.exec(text)?.index;
    if (to === undefined) break;
    const content = text.slice(from, to);
    const entries = known.get(content) ?? seen.get(content) ?? (await entriesOf(content));
    if (!entries) continue;
    seen.set(content, entries);
    rest += `${text.slice(at, from)}<S taken="${timelines.push(entries) - 1}"/>`;
    at = to;
  }
  known.clear();
  for (const [content, entries] of seen) known.set(content, entries);
  return { rest: rest + text.slice(at), timelines };
}

async function entriesOf(content: string): Promise<TimelineEntry[] | undefined> {
  const entries: TimelineEntry[] = [];
  let at = skip(content, 0);
  while (at < content.length) {
    entryElement.lastIndex = at;
    const found = entryElement.exec(content);
    const entry = found && entryOf(found);
    if (!entry) return undefined;
    at = skip(content, at + found[0].length);
    if (entries.push(entry) % inOneGo === 0) await letOthersRun();
  }
  return entries;
}

function skip(content: string, at: number): number {
  between.lastIndex = at;
  between.test(content);
  return between.lastIndex;
}

/** @param attributes names and values in turns, behind the whole */
function entryOf([, ...attributes]: RegExpExecArray): TimelineEntry | undefined {
  const entry: TimelineEntry = { d: 0, r: 0 };
  for (let place = 0; attributes[place] !== undefined; place += 2) {
    const [name, value = ''] = [attributes[place], attributes[place + 1]];
    if (name !== 't' && name !== 'd' && name !== 'r') continue;
    if (!wholeNumber.test(value)) return undefined;
    if (name === 't') entry.t = BigInt(value);
    else entry[name] = Number(value);
  }
  return entry;
}
