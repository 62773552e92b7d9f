import type { z } from 'zod';
import { ReelflowError } from '../core/errors.ts';
import type { NodeMessage } from './node-spec.ts';
import { readAs } from './plain-issue.ts';

/** Where a value came from, so that a wrong one is looked for in the right place. */
export type InputSource = 'message' | 'config' | 'default';

/** Which message property overrides which field: `{ folder: 'folder', title: 'payload.title' }`. */
export type InputMap<Values extends object> = { readonly [Field in keyof Values]?: string };

export interface MergedInput<Values extends object> {
  values: Values;
  sources: { [Field in keyof Values]: InputSource };
}

/**
 * A node's settings for one message: message over configuration over the schema's defaults. The merged object is what
 * is checked, never its parts: fields may depend on each other.
 *
 * An absent or null message property, and an empty text in the configuration, count as not set.
 * Throws INPUT_INVALID; `field` names the message property or the setting that the wrong value came from.
 */
export function mergeInput<Values extends object>(
  message: NodeMessage,
  config: object,
  map: InputMap<Values>,
  schema: z.ZodType<Values>,
): MergedInput<Values> {
  const given: Record<string, unknown> = {};
  const sources: Record<string, InputSource> = {};
  for (const [field, value] of Object.entries(config)) {
    if (value === undefined || value === '') continue;
    given[field] = value;
    sources[field] = 'config';
  }
  const paths = new Map<string, string>();
  for (const [field, path] of Object.entries(map) as [string, string][]) {
    const value = property(message, path);
    if (value === undefined || value === null) continue;
    given[field] = value;
    sources[field] = 'message';
    paths.set(field, path);
  }
  const values = read(schema, given, paths);
  for (const field of Object.keys(values)) sources[field] ??= 'default';
  return { values, sources: sources as MergedInput<Values>['sources'] };
}

function read<T>(schema: z.ZodType<T>, given: Record<string, unknown>, paths: ReadonlyMap<string, string>): T {
  try {
    return readAs(schema, given, 'INPUT_INVALID');
  } catch (error) {
    if (!(error instanceof ReelflowError) || error.field === undefined) throw error;
    const [top = ''] = error.field.split(/[.[]/);
    const path = paths.get(top);
    const rest = error.field.slice(top.length);
    const field = path === undefined ? error.field : `msg.${path}${rest}`;
    const where = path === undefined ? ' (set in the node)' : '';
    const reason = error.message.slice(error.field.length);
    throw new ReelflowError('INPUT_INVALID', `${field}${where}${reason}`, { field, cause: error });
  }
}

function property(message: NodeMessage, path: string): unknown {
  let at: unknown = message;
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}
