import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceNews } from '../../../nodes/adapters/process/service-notifier.ts';
import type { Liveness } from '../../../nodes/plugin-systemd/liveness.ts';
import { ServiceReport } from '../../../nodes/plugin-systemd/service-report.ts';
import { makeBusStation, RecordedBus } from '../../fixtures/bus-station.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';

const alive: Liveness = { isAlive: true, reasons: [] };
const ill: Liveness = { isAlive: false, reasons: ['DATABASE_FAILED'] };

async function makeReport(first: Liveness) {
  const parts = await makeBusStation(new RecordedBus());
  const told: ServiceNews[] = [];
  const state = { liveness: first, isLate: false, asked: 0 };
  const report = new ServiceReport({
    station: parts.station,
    notifier: { tell: (news) => void told.push(news) },
    askAlive: () => {
      state.asked += 1;
      return state.isLate ? new Promise(() => {}) : Promise.resolve(state.liveness);
    },
    watchdogMs: 60_000,
    log: quietLog,
  });
  report.start();
  await parts.bench.pass(100);
  const signs = () => told.filter(({ WATCHDOG }) => WATCHDOG).length;
  return { ...parts, told, state, report, signs };
}

test('ready when it is well, and the start may take longer until then', async () => {
  const { bench, told, state } = await makeReport({ isAlive: false, reasons: ['FLOWS_NOT_STARTED'] });
  const waiting = { EXTEND_TIMEOUT_USEC: '60000000', STATUS: 'not ready: FLOWS_NOT_STARTED' };
  assert.deepEqual(told, [waiting]);
  await bench.pass(20_000);
  assert.equal(told.length, 1, 'not a program each second');
  await bench.pass(20_000);
  assert.deepEqual(told, [waiting, waiting], 'in good time before the minute is over');
  state.liveness = alive;
  await bench.pass(1100);
  assert.deepEqual(told.at(-1), { READY: '1', WATCHDOG: '1', STATUS: 'idle' });
});

test('signs of life twice in the time of the watchdog, each after an answer', async () => {
  const { bench, signs, state } = await makeReport(alive);
  assert.equal(signs(), 1);
  await bench.pass(300_500);
  assert.equal(signs(), 11);
  assert.equal(state.asked, 11);
});

test('no sign of life while it is ill; asked more often then, and well again', async () => {
  const { bench, signs, state } = await makeReport(alive);
  state.liveness = ill;
  await bench.pass(59_000);
  assert.equal(signs(), 1);
  state.liveness = alive;
  await bench.pass(6100);
  assert.equal(signs(), 2);
});

test('no sign of life while the answer does not come, or the loop stands still', async () => {
  const hanging = await makeReport(alive);
  hanging.state.isLate = true;
  await hanging.bench.pass(120_000);
  assert.equal(hanging.signs(), 1);
  const still = await makeReport(alive);
  still.bench.loop.stop();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(still.signs(), 1);
});

test('the line changes with what goes on, not more often', async () => {
  const { bench, told, putSchedule, station } = await makeReport(alive);
  const start = station.clock.now() + 3_600_000;
  const event = { uid: 'e', start, end: start + 60_000, title: 'Lecture', properties: {}, attachments: [], inputs: [] };
  for (let index = 0; index < 50; index++) {
    putSchedule({ scheduleId: 's', name: 's', problems: [], events: [event] });
  }
  await bench.pass(2100);
  const lines = told.flatMap(({ STATUS }) => STATUS ?? []);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /^idle; next "Lecture" at \d\d:\d\d$/);
  await bench.pass(61_000);
  assert.equal(told.flatMap(({ STATUS }) => STATUS ?? []).length, 2);
});

test('the last word, and nothing after it', async () => {
  const { bench, told, report } = await makeReport(alive);
  report.stop();
  assert.deepEqual(told.at(-1), { STOPPING: '1', STATUS: 'stopping; captures go on' });
  const count = told.length;
  await bench.pass(120_000);
  assert.equal(told.length, count);
});
