import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueForRemoval } from '../../../nodes/core/restream/loop-retention.ts';

const hour = 3600_000;
const pieces = [0, 1, 2, 3].map((n) => ({ name: `${n}`, start: n * hour, end: (n + 1) * hour, sizeBytes: 100 }));
const names = (due: { name: string }[]) => due.map(({ name }) => name).join('');

test('what is older than its hours goes, and what is over the size, the oldest first', () => {
  assert.equal(names(dueForRemoval(pieces, { hours: 10 }, 4 * hour, false)), '');
  assert.equal(names(dueForRemoval(pieces, { hours: 2 }, 4.5 * hour, false)), '01');
  assert.equal(names(dueForRemoval(pieces, { hours: 10, maxBytes: 250 }, 4 * hour, false)), '01');
});

test('the piece that is being written stays, whatever the retention says', () => {
  assert.equal(names(dueForRemoval(pieces, { hours: 0.1, maxBytes: 1 }, 40 * hour, false)), '012');
});

test('on a full disk one more goes', () => {
  assert.equal(names(dueForRemoval(pieces, { hours: 10 }, 4 * hour, true)), '0');
  assert.equal(names(dueForRemoval(pieces, { hours: 2 }, 4.5 * hour, true)), '012');
});
