import type { z } from 'zod';
import { ReelflowError } from '../errors.ts';

/** Checks a value; throws VALIDATION with the field's path and what is allowed in plain words. Never repeats texts. */
export function readArguments<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw new ReelflowError('VALIDATION', 'the arguments are not understood');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const field = path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : name ? `${name}.${String(part)}` : String(part)),
    '',
  );
  const message = field === '' ? reason(issue) : `${field}: ${reason(issue)}`;
  throw new ReelflowError('VALIDATION', message, field === '' ? {} : { field });
}

function reason(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'is not a field of this command';
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  return issue.message.replace(/^Invalid input: /, '');
}
