import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandRule } from '../../../nodes/core/schedule/recurrence.ts';
import { newRuleBudget } from '../../../nodes/core/schedule/rule-budget.ts';

const start = Date.UTC(2026, 0, 5, 10, 15);
const year = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) };

/** In ical.js 2.2.1 each of these never returns. */
for (const rule of [
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=DAILY;BYDAY=TU;INTERVAL=7',
  'FREQ=DAILY;BYSETPOS=2',
  'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
  'FREQ=DAILY;INTERVAL=999999999999',
  'FREQ=SECONDLY;INTERVAL=999999999999999999999',
]) {
  test(`a rule that never comes true ends: ${rule}`, () => {
    const begin = performance.now();
    const found = expandRule(rule, start, year, newRuleBudget());
    assert.ok(performance.now() - begin < 2000);
    assert.ok(found.every((at) => at === start));
  });
}

for (const rule of ['FREQ=SECONDLY', 'FREQ=SECONDLY;COUNT=9999999;BYMINUTE=5', 'FREQ=MINUTELY;COUNT=9999999']) {
  test(`a rule that would stop the process is given up: ${rule}`, () => {
    const window = { from: Date.UTC(2030, 0, 1), to: Date.UTC(2031, 0, 1) };
    assert.throws(() => expandRule(rule, start, window, newRuleBudget(), 10_000_000), { code: 'RULE_TOO_EXPENSIVE' });
  });
}

test('the rules of one calendar have one budget', () => {
  const budget = newRuleBudget();
  const far = { from: Date.UTC(2050, 0, 1), to: Date.UTC(2051, 0, 1) };
  assert.throws(
    () => {
      for (let index = 0; index < 1000; index++) expandRule('FREQ=DAILY;COUNT=9000', start, far, budget);
    },
    { code: 'RULE_TOO_EXPENSIVE' },
  );
});

for (const [rule, code] of [
  ['FREQ=WHENEVER', 'RULE_INVALID'],
  ['BYDAY=MO', 'RULE_INVALID'],
  ['FREQ=DAILY;BYHOUR=25', 'RULE_INVALID'],
  ['FREQ=MONTHLY;BYDAY=6MO', 'RULE_INVALID'],
] as const) {
  test(`refused: ${rule}`, () => {
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

/** Expected by hand, and the same as python-dateutil 2.9 makes of them. */
for (const [rule, days] of [
  ['FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU', '2026-01-04 2027-01-04 2027-01-10 2028-01-03 2028-01-09'],
  ['FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO', '2026-12-28 2027-12-27 2028-12-25'],
  ['FREQ=YEARLY;BYWEEKNO=53', '2027-01-03'],
  ['FREQ=YEARLY;BYWEEKNO=1;WKST=SU;BYDAY=SU', '2026-01-04 2027-01-03 2028-01-02 2028-12-31'],
  ['FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3', '2026-01-09 2026-01-16 2026-01-23'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;BYSETPOS=1;COUNT=3', '2026-01-12 2026-01-26 2026-02-09'],
  ['FREQ=YEARLY;BYDAY=-1FR', '2026-12-25 2027-12-31 2028-12-29'],
  ['FREQ=YEARLY;BYDAY=MO;BYSETPOS=2,-1', '2026-01-12 2026-12-28 2027-01-11 2027-12-27 2028-01-10 2028-12-25'],
  ['FREQ=YEARLY;BYYEARDAY=-1,366', '2026-12-31 2027-12-31 2028-12-31'],
  ['FREQ=MONTHLY;BYDAY=5MO;COUNT=3', '2026-03-30 2026-06-29 2026-08-31'],
] as const) {
  test(`${rule}`, () => {
    const window = { from: 0, to: Date.UTC(2029, 0, 1) };
    const found = expandRule(rule, Date.UTC(2026, 0, 4, 10), window, newRuleBudget());
    const expected = days.split(' ').map((day) => Date.parse(`${day}T10:00Z`));
    assert.deepEqual(found.map(iso), expected.map(iso));
  });
}

test('of an hour by BYSETPOS', () => {
  const window = { from: start, to: start + 3 * 3_600_000 };
  const found = expandRule('FREQ=HOURLY;BYMINUTE=5,20,35,50;BYSETPOS=2,-1', start, window, newRuleBudget());
  const times = found.map((at) => new Date(at).toISOString().slice(11, 16));
  assert.deepEqual(times, ['10:20', '10:50', '11:20', '11:50', '12:20', '12:50']);
});

function iso(at: number): string {
  return new Date(at).toISOString();
}
