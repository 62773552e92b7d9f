import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { mergeInput } from '../../nodes/kit/input.ts';

const schema = z
  .object({
    folder: z.string().default('out'),
    mode: z.enum(['copy', 'move']).default('copy'),
    limit: z.number().min(1).optional(),
  })
  .refine((one) => one.mode !== 'move' || one.limit === undefined, { path: ['limit'], message: 'only with copy' });
const map = { folder: 'folder', limit: 'payload.limit' } as const;

test('message over configuration over default, each with its source', () => {
  const { values, sources } = mergeInput({ folder: 'a' }, { folder: 'b', mode: 'move' }, map, schema);
  assert.deepEqual(values, { folder: 'a', mode: 'move' });
  assert.deepEqual(sources, { folder: 'message', mode: 'config' });
  const bare = mergeInput({ folder: null }, { folder: '' }, map, schema);
  assert.deepEqual(bare.values, { folder: 'out', mode: 'copy' });
  assert.deepEqual(bare.sources, { folder: 'default', mode: 'default' });
});

test('a nested message property overrides, but nothing inherited does', () => {
  assert.equal(mergeInput({ payload: { limit: 4 } }, {}, map, schema).values.limit, 4);
  const inherited = Object.create({ folder: 'evil' }) as object;
  assert.equal(mergeInput(inherited as never, {}, map, schema).values.folder, 'out');
});

test('the error names where the wrong value came from', () => {
  assert.throws(() => mergeInput({ payload: { limit: 0 } }, {}, map, schema), {
    code: 'INPUT_INVALID',
    field: 'msg.payload.limit',
    message: 'msg.payload.limit: must be at least 1, not 0',
  });
  assert.throws(() => mergeInput({}, { mode: 'link' }, map, schema), {
    code: 'INPUT_INVALID',
    field: 'mode',
    message: 'mode (set in the node): must be one of "copy", "move"',
  });
});

test('the merged object is validated, not its parts', () => {
  assert.throws(() => mergeInput({ payload: { limit: 2 } }, { mode: 'move' }, map, schema), {
    message: 'msg.payload.limit: only with copy',
  });
});
