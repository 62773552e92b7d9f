/** One `key = value` of a ConfigObj file, with where it stands. */
export interface ConfigEntry {
  /** Names of the sections around it, outermost first. */
  section: string[];
  key: string;
  /** A list where the value has a comma outside quotes. */
  value: string | string[];
  line: number;
}

export interface ConfigProblem {
  line: number;
  message: string;
}

/**
 * Reads the syntax of ConfigObj (configobj.readthedocs.io, "The Config File Format"): sections, [[subsections]], quoted
 * values, lists, triple quotes over several lines, comments, `%(key)s` for another value of the section or of [DEFAULT].
 */
export function parseConfigObj(text: string): { entries: ConfigEntry[]; problems: ConfigProblem[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const entries: ConfigEntry[] = [];
  const problems: ConfigProblem[] = [];
  let section: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    const content = (lines[at] ?? '').trim();
    if (content === '' || content.startsWith('#')) continue;
    const problem = (message: string) => void problems.push({ line, message });
    if (content.startsWith('[')) {
      const next = sectionOf(content, section);
      if (next) section = next;
      else problem('is no section such as [server] or [[service_overrides]]');
      continue;
    }
    const found = /^("[^"]*"|'[^']*'|[^'"=][^=]*?)\s*=\s*(.*)$/.exec(content);
    if (!found) {
      problem('is neither a section nor key = value');
      continue;
    }
    const [, name = '', rest = ''] = found;
    const read = /^("""|''')/.test(rest) ? readTriple(lines, at, rest) : readValue(rest);
    if (!read) {
      problem(`the value of ${unquoted(name)} can not be read: a quote is not closed, or something follows it`);
      continue;
    }
    at += read.moreLines ?? 0;
    entries.push({ section, key: unquoted(name), value: read.value, line });
  }
  return { entries: interpolated(entries, problems), problems };
}

interface ReadValue {
  value: string | string[];
  moreLines?: number;
}

function sectionOf(content: string, before: string[]): string[] | undefined {
  const found = /^(\[+)\s*("[^"]*"|'[^']*'|[^'"\]\s][^\]]*?)\s*(\]+)\s*(#.*)?$/.exec(content);
  const [, open = '', name = '', close = ''] = found ?? [];
  const isFitting = found && open.length === close.length && open.length <= before.length + 1;
  return isFitting ? [...before.slice(0, open.length - 1), unquoted(name)] : undefined;
}

/** One value or a comma list, up to a comment. */
function readValue(rest: string): ReadValue | undefined {
  const values: string[] = [];
  let isList = false;
  let left = rest.trim();
  while (left !== '' && !left.startsWith('#')) {
    if (left.startsWith(',')) {
      // A comma alone is the empty list.
      if (values.length > 0 || isList) return undefined;
      isList = true;
      left = left.slice(1).trim();
      continue;
    }
    const found = /^("[^"]*"|'[^']*'|[^'",#][^,#]*)\s*(,|#.*|$)/.exec(left);
    if (!found) return undefined;
    const [all, word = '', end = ''] = found;
    values.push(unquoted(word.trim()));
    left = end === ',' ? left.slice(all.length).trim() : '';
    if (end === ',') isList = true;
  }
  return { value: isList ? values : (values[0] ?? '') };
}

function readTriple(lines: string[], at: number, rest: string): ReadValue | undefined {
  const quote = rest.slice(0, 3);
  let text = rest.slice(3);
  for (let moreLines = 0; ; moreLines += 1) {
    const end = text.indexOf(quote);
    if (end >= 0) return /^\s*(#.*)?$/.test(text.slice(end + 3)) ? { value: text.slice(0, end), moreLines } : undefined;
    const next = lines[at + moreLines + 1];
    if (next === undefined) return undefined;
    text += `\n${next}`;
  }
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function interpolated(entries: ConfigEntry[], problems: ConfigProblem[]): ConfigEntry[] {
  const plain = (section: string[], key: string) =>
    entries.find((one) => one.key === key && one.section.join('/') === section.join('/'))?.value;
  return entries.map((entry) => {
    const fill = (text: string) =>
      text.replace(/%\(([^)]*)\)s/g, (all, key: string) => {
        const value = plain(entry.section, key) ?? plain(['DEFAULT'], key);
        if (typeof value === 'string' && !/%\([^)]*\)s/.test(value)) return value;
        problems.push({ line: entry.line, message: `${entry.key}: ${all} stands for nothing that is known` });
        return all;
      });
    return { ...entry, value: Array.isArray(entry.value) ? entry.value.map(fill) : fill(entry.value) };
  });
}
