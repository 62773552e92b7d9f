import { ReelflowError } from '../errors.ts';

/**
 * Splits a command line into words as a shell would, without anything else that a shell does: quotes keep words
 * together, a backslash takes the next character as it is. Throws CONFIG_INVALID for a quote that is not closed.
 */
export function splitCommand(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (char === '\\' && quote !== "'" && at + 1 < line.length) word = (word ?? '') + (line[++at] as string);
    else if (quote) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (!/\s/.test(char)) word = (word ?? '') + char;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (quote) {
    throw new ReelflowError('CONFIG_INVALID', `command: a ${quote} is not closed`, { field: 'command' });
  }
  if (word !== undefined) words.push(word);
  return words;
}
