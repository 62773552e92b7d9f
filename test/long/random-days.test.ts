import { testDays } from '../fixtures/day-test.ts';

testDays(Array.from({ length: 10 }, () => Math.floor(Math.random() * 1e9)));
