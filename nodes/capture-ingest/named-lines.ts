export type NamedLines = Record<string, string>;

/**
 * Reads `name = value` lines; empty ones and those that begin with # are left out. The first `=` divides.
 *
 * @param check end of the sentence "the value of <name> ...", where a value is no good
 */
export function readLines(
  text: string,
  check: (value: string) => string | undefined,
): { values: NamedLines; problem?: string } {
  const values: NamedLines = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    if (name === '') return { values, problem: `line ${index + 1} must be: name = value` };
    const value = line.slice(at + 1).trim();
    const problem = check(value);
    if (problem) return { values, problem: `line ${index + 1}: ${value === '' ? 'it' : `"${value}"`} ${problem}` };
    values[name] = value;
  }
  return { values };
}
