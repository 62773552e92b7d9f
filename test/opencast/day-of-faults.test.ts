import { testDays } from '../fixtures/day-test.ts';

// Days that found something once. Days that nobody has seen yet are among the long tests: test/long/random-days.test.ts.
testDays(process.env['DAY_SEEDS']?.split(',').map(Number) ?? [4, 105]);
