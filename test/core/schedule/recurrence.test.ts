import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandRule, newRuleBudget } from '../../../nodes/core/schedule/recurrence.ts';

const start = Date.UTC(2026, 0, 5, 10, 15);
const year = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) };

/** In ical.js 2.2.1 alone each of these never returns. */
for (const rule of [
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=DAILY;BYDAY=TU;INTERVAL=7',
]) {
  test(`a rule that never comes true ends: ${rule}`, () => {
    const begin = performance.now();
    let found: number[] = [];
    try {
      found = expandRule(rule, start, year, newRuleBudget());
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'RULE_TOO_EXPENSIVE');
    }
    assert.ok(performance.now() - begin < 2000);
    assert.ok(found.every((at) => at === start));
  });
}

test('a rule by seconds that never comes true is given up', () => {
  const run = () => expandRule('FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31', start, year, newRuleBudget());
  assert.throws(run, { code: 'RULE_TOO_EXPENSIVE' });
});

for (const [rule, code] of [
  ['FREQ=WHENEVER', 'RULE_INVALID'],
  ['BYDAY=MO', 'RULE_INVALID'],
  ['FREQ=DAILY;BYHOUR=25', 'RULE_INVALID'],
  ['FREQ=MONTHLY;BYDAY=6MO', 'RULE_INVALID'],
  ['FREQ=YEARLY;BYWEEKNO=20', 'RULE_UNSUPPORTED'],
  ['FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1', 'RULE_UNSUPPORTED'],
  ['FREQ=YEARLY;BYDAY=20MO', 'RULE_UNSUPPORTED'],
  ['FREQ=DAILY;INTERVAL=999999999999', 'RULE_UNSUPPORTED'],
] as const) {
  test(`refused rather than wrong: ${rule}`, () => {
    assert.throws(() => expandRule(rule, start, year, newRuleBudget()), { code });
  });
}

test('skipping ahead gives the same as walking', () => {
  const window = { from: Date.UTC(2026, 8, 1), to: Date.UTC(2026, 9, 1) };
  for (const rule of [
    'FREQ=DAILY;INTERVAL=3',
    'FREQ=DAILY;BYDAY=MO,FR',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU',
    'FREQ=WEEKLY;INTERVAL=3',
    'FREQ=HOURLY;INTERVAL=5',
    'FREQ=HOURLY;BYHOUR=9,12',
    'FREQ=MINUTELY;INTERVAL=700',
    'FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=8,14',
  ]) {
    const walked = expandRule(`${rule};COUNT=20000`, start, window, { stepsLeft: 10_000_000 });
    assert.deepEqual(expandRule(rule, start, window, newRuleBudget()), walked, rule);
    assert.ok(walked.length > 0, rule);
  }
});
