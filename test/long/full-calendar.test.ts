import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startOpencastCore } from '../fixtures/opencast-core.ts';
import { CoreSchedule, hallFolder, removeHalls, startHalls } from '../fixtures/opencast-halls.ts';
import { until } from '../fixtures/until.ts';

/** Warm, and then at this pace for so long: forty readings stand for those of forty minutes of a real agent. */
const warmReadings = 15;
const readings = 40;

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

test('A45 1000 events in the calendar: unchanged readings are small, memory is flat, the event loop is free', async (context) => {
  const core = await startOpencastCore();
  const dataRoot = await hallFolder([{ name: 'hall', coreUrl: core.url }]);
  const start = Math.ceil(Date.now() / 1000) + 3600;
  const events = Array.from({ length: 1000 }, (_, index) => ({
    ...{ uid: randomUUID(), agent: 'hall', title: `Lecture ${index}`, series: true },
    ...{ start: start + index * 1200, end: start + index * 1200 + 900 },
  }));
  await new CoreSchedule(core).set(...events);
  const station = await startHalls(dataRoot);
  try {
    const unchanged = async () =>
      (await core.requests()).filter(({ path, status }) => path.startsWith('/recordings/') && status === 304);
    const untilRead = (count: number) =>
      until(async () => (await unchanged()).length >= count, {
        timeoutMs: 600_000,
        everyMs: 2000,
        what: 'the readings',
      });
    await station.api('/metrics');
    await untilRead(warmReadings);
    const before = residentBytes(station.pid);
    await untilRead(warmReadings + readings);
    const after = residentBytes(station.pid);
    const full = (await core.requests()).filter(
      ({ path, status }) => path.startsWith('/recordings/') && status === 200,
    );
    assert.equal(full.length, 1, 'read in full once');
    for (const { headers, bytes } of await unchanged()) {
      const sent = Object.entries(headers).join().length + (bytes ?? 0);
      assert.ok(sent < 10_000, `${sent} bytes`);
    }
    const metrics = await (await station.api('/metrics')).text();
    const delay = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)?.[1]);
    context.diagnostic(
      `resident ${Math.round(before / 1e6)} to ${Math.round(after / 1e6)} MB, p99 of the delay ${delay} s`,
    );
    assert.ok(after < before * 1.1, `${before} to ${after} bytes`);
    assert.ok(delay < 0.15, `p99 of ${delay} s; allowed are 50 ms, and 0.1 s is the timer that it is read with`);
  } finally {
    await removeHalls(station, dataRoot);
    await core.stop();
  }
});
