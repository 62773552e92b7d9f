import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstantLoop } from '../../../nodes/core/time/instant-loop.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { until } from '../../fixtures/until.ts';

const noon = '2026-11-21T12:00:00.000Z';
const dayMs = 86_400_000;

test('runs targets in the order of their instants, not of their making, and never within at()', async () => {
  const clock = new FakeClock(noon);
  const ran: string[] = [];
  clock.loop.at(clock.now() + 2000, () => ran.push('b'));
  clock.loop.at(clock.now() + 1500, () => ran.push('a'));
  clock.loop.at(clock.now() - 5000, () => ran.push('past'));
  assert.deepEqual(ran, []);
  await clock.sleep(10_000);
  assert.deepEqual(ran, ['past', 'a', 'b']);
});

test('a target 40 days ahead does not run before its instant', async () => {
  const clock = new FakeClock(noon);
  let at = 0;
  clock.loop.at(clock.now() + 40 * dayMs, () => {
    at = clock.now();
  });
  for (let day = 0; day < 39; day++) await clock.sleep(dayMs);
  await clock.sleep(dayMs - 1000);
  assert.equal(at, 0);
  await clock.pass(1000);
  assert.equal(at, Date.parse(noon) + 40 * dayMs);
});

test('the timer of a real loop does not fire at once for a target beyond 2^31 ms', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.name);
  process.on('warning', onWarning);
  const loop = new InstantLoop({ now: () => Date.now(), monotonicMs: () => performance.now() }, { maxWaitMs: 50 });
  let hasRun = false;
  let isDone = false;
  loop.start();
  loop.at(Date.now() + 40 * dayMs, () => {
    hasRun = true;
  });
  loop.at(Date.now() + 200, () => {
    isDone = true;
  });
  await until(() => isDone, { what: 'the near target' });
  loop.stop();
  process.off('warning', onWarning);
  assert.equal(hasRun, false);
  assert.deepEqual(warnings, []);
});

test('a forward step of the wall clock makes a target due at its instant, and is reported first', async () => {
  const clock = new FakeClock(noon);
  const seen: string[] = [];
  clock.loop.onJump((deltaMs) => seen.push(`jump ${deltaMs}`));
  clock.loop.at(clock.now() + 60_000, () => seen.push(`run at ${clock.now() - Date.parse(noon)}`));
  await clock.pass(5000);
  await clock.step(20_000);
  await clock.pass(34_000);
  assert.deepEqual(seen, ['jump 20000']);
  await clock.pass(1000);
  assert.deepEqual(seen, ['jump 20000', 'run at 60000']);
});

test('a backward step does not make a target run early', async () => {
  const clock = new FakeClock(noon);
  const seen: string[] = [];
  clock.loop.onJump((deltaMs) => seen.push(`jump ${deltaMs}`));
  clock.loop.at(clock.now() + 40_000, () => seen.push('run'));
  await clock.pass(5000);
  await clock.step(-20_000);
  await clock.pass(54_000);
  assert.deepEqual(seen, ['jump -20000']);
  await clock.pass(1000);
  assert.deepEqual(seen, ['jump -20000', 'run']);
});

test('many small steps add up to one jump, small ones alone are none', async () => {
  const clock = new FakeClock(noon);
  const jumps: number[] = [];
  clock.loop.onJump((deltaMs) => jumps.push(deltaMs));
  await clock.step(400);
  await clock.step(400);
  assert.deepEqual(jumps, []);
  await clock.step(400);
  assert.deepEqual(jumps, [1200]);
  await clock.pass(10_000);
  assert.deepEqual(jumps, [1200]);
});

test('durations follow the monotonic clock alone', async () => {
  const clock = new FakeClock(noon);
  let turns = 0;
  clock.loop.every(10_000, () => turns++);
  let isOver = false;
  clock.loop.after(15_000, () => {
    isOver = true;
  });
  await clock.step(3_600_000);
  assert.equal(turns, 0);
  assert.equal(isOver, false);
  await clock.pass(30_000);
  assert.equal(turns, 3);
  assert.equal(isOver, true);
});

test('what was taken back does not run, also when another callback takes it back', async () => {
  const clock = new FakeClock(noon);
  const ran: string[] = [];
  const second = clock.loop.at(clock.now() + 2000, () => ran.push('second'));
  clock.loop.at(clock.now() + 1000, () => second());
  const turns = clock.loop.every(1000, () => ran.push('turn'));
  turns();
  await clock.sleep(5000);
  assert.deepEqual(ran, []);
});

test('a callback that throws does not keep the others from running', () => {
  const errors: unknown[] = [];
  let now = 1_000_000;
  const loop = new InstantLoop({ now: () => now, monotonicMs: () => now }, { onError: (error) => errors.push(error) });
  const ran: string[] = [];
  loop.at(now + 1, () => {
    throw new Error('bad');
  });
  loop.at(now + 2, () => ran.push('good'));
  now += 10;
  loop.tick();
  assert.deepEqual(ran, ['good']);
  assert.equal(errors.length, 1);
});

test('the real loop is on time within a few milliseconds', async () => {
  const loop = new InstantLoop({ now: () => Date.now(), monotonicMs: () => performance.now() });
  loop.start();
  const target = Date.now() + 1700;
  let ranAt = 0;
  loop.at(target, () => {
    ranAt = Date.now();
  });
  await until(() => ranAt, { everyMs: 5, what: 'the target' });
  loop.stop();
  assert.ok(ranAt >= target, `early by ${target - ranAt} ms`);
  assert.ok(ranAt - target < 500, `late by ${ranAt - target} ms`);
});
