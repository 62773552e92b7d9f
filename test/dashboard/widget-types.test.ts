import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWidgets } from '../../dashboard/check-widgets.ts';

test('the widgets have no type errors, in their templates neither', () => {
  assert.deepEqual(checkWidgets(), []);
});
