import { type ConfigEntry, parseConfigObj } from './config-obj.ts';
import { KEYS, type KeySpec, OVERRIDES, overridesSection } from './keys.ts';

type Value = string | string[] | boolean | number;

/** What a pyca.conf says, checked as pyCA would; nothing of it is thrown away without a word. */
export interface PycaSettings {
  /** By `section.key`; pyCA's own default where the file has none. */
  values: Record<string, Value>;
  /** Line of those that stand in the file. */
  lines: Record<string, number>;
  overrides: Record<string, string>;
  /** Nothing may be made of a file with these. Never with a value in it: it may be a password. */
  errors: string[];
  warnings: string[];
}

export function readPycaSettings(source: string): PycaSettings {
  const { entries, problems } = parseConfigObj(source);
  const values = Object.fromEntries(Object.entries(KEYS).map(([name, { fallback }]) => [name, fallback]));
  const settings: PycaSettings = { values, lines: {}, overrides: {}, errors: [], warnings: [] };
  for (const { line, message } of problems) settings.errors.push(`line ${line}: ${message}`);
  for (const entry of entries) take(settings, entry);
  return settings;
}

function take(settings: PycaSettings, { section, key, value, line }: ConfigEntry): void {
  const where = section.join('.');
  const name = where === '' ? key : `${where}.${key}`;
  if (where === overridesSection) {
    if (!(key in OVERRIDES)) {
      const known = Object.keys(OVERRIDES).join(', ');
      settings.warnings.push(`line ${line}: ${key} is no service that an agent uses; left out (there are ${known})`);
    } else if (typeof value !== 'string' || !isAddress(value)) {
      settings.errors.push(`line ${line}: ${key} must be one address that begins with http:// or https://`);
    } else settings.overrides[key] = value;
    settings.lines[name] = line;
    return;
  }
  const spec = KEYS[name];
  if (!spec) {
    if (where !== 'DEFAULT') settings.warnings.push(`line ${line}: ${name} is not known to pyCA 4.5; left out`);
    return;
  }
  if (name in settings.lines)
    settings.errors.push(`line ${line}: ${name} is there twice (line ${settings.lines[name]})`);
  settings.lines[name] = line;
  const read = converted(spec, value);
  if (read.problem === undefined) settings.values[name] = read.value;
  else settings.errors.push(`line ${line}: ${name} ${read.problem}`);
}

export function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s@]+$/i.test(text) && URL.canParse(text);
}

function converted(spec: KeySpec, value: string | string[]): { value: Value; problem?: string } {
  if (spec.type === 'list') {
    const items = Array.isArray(value) ? value : value === '' ? [] : [value];
    return { value: items };
  }
  const wrong = (problem: string) => ({ value: spec.fallback, problem });
  if (Array.isArray(value)) return wrong('has a comma: put the whole value into quotes');
  const text = value.trim();
  switch (spec.type) {
    case 'text':
      return { value };
    case 'boolean':
      if (/^(true|on|1|yes)$/i.test(text)) return { value: true };
      return /^(false|off|0|no)$/i.test(text) ? { value: false } : wrong('must be True or False');
    case 'integer': {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec;
      const number = Number(text);
      const isGood = /^-?\d+$/.test(text) && number >= min && number <= max;
      return isGood
        ? { value: number }
        : wrong(`must be a whole number, ${min} or more${spec.max ? `, ${max} at most` : ''}`);
    }
    case 'rate':
      return /^\d+[km]?$/i.test(text) ? { value: text } : wrong('must be bytes a second, such as 500000, 500k or 2m');
    case 'choice':
      return spec.choices?.includes(text) ? { value: text } : wrong(`must be one of ${spec.choices?.join(', ')}`);
  }
}
