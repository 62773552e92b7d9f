import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictSentence, othersIn } from '../../../dashboard/client/conflict-words.ts';
import { timeOfDay } from '../../../dashboard/client/format.ts';
import { conflictJson, eventJson, iso, morning } from './recording-json.ts';

const events = [eventJson('a', morning), eventJson('b', morning), eventJson('c', morning)];

test('the others are named, each once, whichever side of the conflict they are on', () => {
  const conflicts = [conflictJson('a', 'b', morning), conflictJson('c', 'a', morning), conflictJson('a', 'b', morning)];
  assert.equal(othersIn(conflicts, 'a', events), 'Lecture b, Lecture c');
  assert.equal(othersIn([conflictJson('a', 'gone', morning)], 'a', events), 'another event');
});

test('a conflict says what comes of it, to both sides', () => {
  const conflict = conflictJson('a', 'b', morning);
  const at = timeOfDay(morning + 1_800_000);
  assert.match(conflictSentence(conflict, 'a', events), /^“Lecture b” wants hall too, from .* Both are recorded/);
  const late = { ...conflict, outcome: 'second-begins-late', secondBeginsAt: iso(morning + 1_800_000) } as const;
  assert.match(conflictSentence(late, 'a', events), new RegExp(`“Lecture b” begins late, at ${at}`));
  assert.match(conflictSentence(late, 'b', events), new RegExp(`This one begins late, at ${at}`));
  const none = { ...conflict, input: '', outcome: 'second-not-recorded' } as const;
  assert.match(conflictSentence(none, 'b', events), /wants the same camera too, .* This one is not recorded/);
});
