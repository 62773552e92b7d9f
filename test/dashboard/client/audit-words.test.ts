import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailWords } from '../../../dashboard/client/audit-words.ts';

test('arguments are words, what is none stays as it is', () => {
  assert.equal(
    detailWords('{"title":"Test","inputs":["hall"],"durationMs":600000}'),
    'title Test, inputs ["hall"], durationMs 600000',
  );
  assert.equal(detailWords('anna as viewer'), 'anna as viewer');
  assert.equal(detailWords('{"title":"cut of'), '{"title":"cut of');
});
