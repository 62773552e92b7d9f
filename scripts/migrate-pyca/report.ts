import { KEYS } from './keys.ts';
import type { MigratedStation } from './make-station.ts';
import type { PycaSettings } from './read-settings.ts';

/** What became of every key, for a person; without passwords. */
export function reportOf({ lines }: PycaSettings, { done }: MigratedStation): string {
  const given = (name: string) => (lines[name] === undefined ? 'default' : `line ${lines[name]}`);
  const row = (name: string, text: string) => `  ${name.padEnd(30)} ${given(name).padEnd(9)} ${text}`;
  const taken = Object.entries(done).map(([name, text]) => row(name, text));
  const unneeded = Object.entries(KEYS).flatMap(([name, { notNeeded }]) =>
    notNeeded !== undefined && (lines[name] !== undefined || !notNeeded.startsWith('of an older'))
      ? [row(name, notNeeded)]
      : [],
  );
  return ['Taken over:', ...taken, '', 'Not needed:', ...unneeded].join('\n');
}
