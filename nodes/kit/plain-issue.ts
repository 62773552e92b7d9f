import type { z } from 'zod';
import { ReelflowError } from '../core/errors.ts';

/**
 * Checks a value against a schema. Throws with the given code; the message names the field, what is wrong with it in
 * plain words, and how many more there are.
 *
 * @param prefix put before the field's path: `payload`
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown, code: string, prefix: readonly string[] = []): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first, ...more] = result.error.issues;
  const field = fieldName([...prefix, ...(first?.path ?? [])]);
  const reason = first ? plainIssue(first, valueAt(value, first.path)) : 'is not understood';
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  throw new ReelflowError(code, `${field || 'the value'}: ${reason}${others}`, field ? { field } : {});
}

/** `inputs[0].name` */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name ? `${name}.${String(part)}` : String(part);
  }, '');
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** One of zod's issues as the end of a sentence that begins with the field's name. */
export function plainIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'is missing';
      return `must be ${kinds[issue.expected] ?? issue.expected}${shown(value)}`;
    case 'too_small':
    case 'too_big': {
      const bound =
        issue.code === 'too_small' ? { way: 'least', at: issue.minimum } : { way: 'most', at: issue.maximum };
      const isExclusive = issue.inclusive === false;
      if (issue.origin === 'string') return `must be at ${bound.way} ${bound.at} characters long`;
      if (issue.origin === 'array') return `must have at ${bound.way} ${bound.at} entries`;
      if (isExclusive) return `must be ${issue.code === 'too_small' ? 'more' : 'less'} than ${bound.at}${shown(value)}`;
      return `must be at ${bound.way} ${bound.at}${shown(value)}`;
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map((one) => JSON.stringify(one)).join(', ')}${shown(value)}`;
    case 'unrecognized_keys':
      return `has fields that are not known: ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}

/** Only numbers and booleans are repeated: a text may be a secret. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? `, not ${value}` : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}
