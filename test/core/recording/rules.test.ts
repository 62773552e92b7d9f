import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateBytes, judgeDisk, reserveBytes } from '../../../nodes/core/recording/disk-guard.ts';
import { learnDelay, preRollMs } from '../../../nodes/core/recording/pre-roll.ts';
import type { Recording } from '../../../nodes/core/recording/recording.ts';
import { restartDelay } from '../../../nodes/core/recording/restart-back-off.ts';
import { chooseExpired } from '../../../nodes/core/recording/retention.ts';
import { SignalWatch } from '../../../nodes/core/recording/signal-watch.ts';
import { moveTo } from '../../../nodes/core/recording/state.ts';

const day = 86_400_000;

test('pre-roll: a guess at first, then the slowest of the last ten starts with a margin, within bounds', () => {
  assert.equal(preRollMs('rtsp', []), 8000, 'twice the guess while nothing was learnt');
  assert.equal(preRollMs('rtsp', [1000, 6000]), 8500);
  assert.equal(preRollMs('rtsp', [90_000]), 20_000);
  assert.equal(preRollMs('command', [5000]), 0);
  let delays: number[] = [9000];
  for (let count = 0; count < 10; count += 1) delays = learnDelay(delays, 500);
  assert.equal(preRollMs('rtsp', delays), 4000, 'one slow start is forgotten after ten others');
});

test('restart: at once after a good run, then 1, 2, 4 ... 30 s', () => {
  assert.deepEqual(restartDelay(3, 60_000), { failures: 0, delayMs: 0 });
  let failures = 0;
  const delays: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const next = restartDelay(failures, 0);
    failures = next.failures;
    delays.push(next.delayMs);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
});

test('silence and black picture are told once for each stretch that lasts', () => {
  const watch = new SignalWatch({ silenceMs: 5000, blackMs: 0 });
  const heard = [0, 1000, 6000, 7000, 8000, 9000, 14_000].flatMap((at) => {
    const levelDbfs = at === 8000 ? -20 : -80;
    return watch.look({ levelDbfs, luma: 16 }, at).map((finding) => `${finding.code}@${at}`);
  });
  assert.deepEqual(heard, ['SILENCE@6000', 'SILENCE@14000']);
});

test('retention never removes what was not delivered or is on hold, however full the disk', () => {
  const made = (id: string, state: string, age: number, isOnHold = false): Recording =>
    ({ id, state, plannedEnd: -age * day, isOnHold }) as Recording;
  const recordings = [
    made('new', 'delivered', 1),
    made('old', 'delivered', 10),
    made('held', 'delivered', 20, true),
    made('waiting', 'recorded', 30),
    made('failed', 'failed', 40),
  ];
  const ids = (policy: { maxAgeMs: number; minFreeBytes: number }, freeBytes: number): string[] =>
    chooseExpired(recordings, policy, { now: 0, freeBytes, sizeOf: () => 100 }).map((one) => one.id);
  assert.deepEqual(ids({ maxAgeMs: 0, minFreeBytes: 0 }, 0), []);
  assert.deepEqual(ids({ maxAgeMs: 5 * day, minFreeBytes: 0 }, 0), ['old']);
  assert.deepEqual(ids({ maxAgeMs: 0, minFreeBytes: 1000 }, 950), ['old']);
  assert.deepEqual(ids({ maxAgeMs: 0, minFreeBytes: 1000 }, 0), ['old', 'new']);
});

test('the disk is full while a recording could still be finished, and ok again only with room to spare', () => {
  const total = 100e9;
  const reserve = reserveBytes(total);
  assert.equal(judgeDisk({ freeBytes: reserve * 9, totalBytes: total }, 0, 'ok'), 'ok');
  assert.equal(judgeDisk({ freeBytes: reserve * 9, totalBytes: total }, reserve * 7, 'ok'), 'low');
  assert.equal(judgeDisk({ freeBytes: reserve * 9, totalBytes: total }, reserve * 9, 'ok'), 'full');
  assert.equal(judgeDisk({ freeBytes: reserve * 1.5, totalBytes: total }, 0, 'full'), 'full');
  assert.equal(judgeDisk({ freeBytes: reserve * 1.5, totalBytes: total }, 0, 'ok'), 'low');
  assert.equal(estimateBytes(10_000, [1000, 500]), 30_000);
});

test('a recording only moves along its states', () => {
  const recording = { id: 'r', state: 'armed' } as Recording;
  assert.equal(moveTo(recording, 'recording', 5).state, 'recording');
  assert.throws(() => moveTo(recording, 'delivered', 5), { code: 'RECORDING_STATE' });
});
