import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraNamed, person, RecordingBench } from '../../fixtures/recording-bench.ts';

test('an event is recorded completely: the tool starts early, the file covers start to end', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 60_000, 30_000);
  service.prepare('recorder', event);
  assert.equal(bench.only().state, 'armed');
  await bench.pass(50_000);
  assert.equal(bench.captures.begun.length, 0, 'not ten seconds early');
  await bench.pass(45_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.ok(recording.start !== undefined && recording.start <= event.start);
  assert.ok(recording.end !== undefined && recording.end >= event.end && recording.end < event.end + 1000);
  assert.deepEqual(recording.gaps, []);
  assert.equal(recording.isDegraded, false);
  assert.equal(bench.captures.begun.length, 1);
  assert.deepEqual(
    bench.heard.map((one) => one.state),
    ['armed', 'recording', 'finishing', 'recorded'],
  );
  assert.equal(bench.removed.length, 1, 'the raw capture goes when it is cut');
});

test('the same event twice is one recording', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 60_000, 30_000);
  service.prepare('recorder', event);
  service.prepare('recorder', { ...event });
  await bench.pass(70_000);
  service.prepare('recorder', { ...event });
  await bench.pass(40_000);
  service.prepare('recorder', { ...event });
  assert.equal(bench.only().state, 'recorded');
});

test('back-to-back events share one capture and are cut at the same picture', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  for (let index = 0; index < 8; index += 1)
    service.prepare('recorder', bench.event(`e${index}`, 30_000 + index * 5000, 5000));
  await bench.pass(90_000);
  const recordings = service.list().toReversed();
  assert.equal(recordings.length, 8);
  assert.equal(bench.captures.begun.length, 1);
  const cuts = bench.captures.assembled.map(({ pieces }) => pieces[0]);
  for (let index = 1; index < 8; index += 1) {
    assert.equal(cuts[index - 1]?.toMs, cuts[index]?.fromMs, `seam ${index}`);
  }
  assert.ok(recordings.every((one) => one.state === 'recorded' && !one.isDegraded));
});

test('an event is extended and shortened while it runs', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 20_000);
  service.prepare('recorder', event);
  await bench.pass(20_000);
  service.prepare('recorder', { ...event, end: event.end + 20_000 });
  await bench.pass(15_000);
  assert.equal(bench.only().state, 'recording');
  service.prepare('recorder', { ...event, end: event.end + 10_000 });
  await bench.pass(10_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.ok((recording.end ?? 0) - event.end >= 10_000 && (recording.end ?? 0) - event.end < 11_000);
});

test('a killed tool becomes a second part within two seconds; the gap is stated', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  bench.captures.kill('hall');
  await bench.pass(2000);
  assert.equal(bench.captures.begun.length, 2);
  await bench.pass(60_000);
  const recording = bench.only();
  assert.equal(recording.parts.length, 2);
  assert.equal(recording.gaps.length, 1);
  assert.match(recording.gaps[0]?.reason ?? '', /SIGKILL/);
  assert.equal(recording.isDegraded, true);
  assert.equal(recording.state, 'recorded');
});

test('a camera that is away is tried with growing pauses under one alarm, and comes back by itself', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  bench.captures.away.add('hall');
  const raised: string[] = [];
  bench.alarms.onChange((change) => raised.push(`${change.kind} ${change.alarm.key}`));
  service.prepare('recorder', bench.event('lecture', 10_000, 600_000));
  await bench.pass(310_000);
  const tries = bench.captures.begun.length;
  assert.ok(tries >= 8 && tries <= 18, `${tries} tries in five minutes`);
  assert.deepEqual(raised, ['raised camera-away:hall']);
  bench.captures.away.clear();
  await bench.pass(35_000);
  assert.deepEqual(bench.alarms.list(), []);
  await bench.pass(280_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(recording.gaps.length, 1);
  assert.match(recording.gaps[0]?.reason ?? '', /connection refused/);
});

test('a frozen camera is noticed, its tool replaced', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  bench.captures.frozen.add('hall');
  await bench.pass(7000);
  assert.equal(bench.captures.begun.length, 2);
  assert.equal(bench.alarms.list()[0]?.code, 'CAMERA_STALLED');
  bench.captures.frozen.clear();
  await bench.pass(50_000);
  const recording = bench.only();
  assert.equal(recording.isDegraded, true);
  assert.match(recording.gaps[0]?.reason ?? '', /stopped delivering/);
  assert.deepEqual(bench.alarms.list(), []);
});

test('a runtime that was killed takes the running capture up: one part, no gap', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 60_000);
  service.prepare('recorder', event);
  await bench.pass(30_000);
  service.close();
  await bench.pass(10_000);
  await bench.boot();
  await bench.pass(40_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(recording.parts.length, 1);
  assert.deepEqual(recording.gaps, []);
  assert.equal(bench.captures.begun.length, 1);
});

test('a runtime that comes back after the end cuts the recording at its planned end', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 30_000);
  service.prepare('recorder', event);
  await bench.pass(30_000);
  service.close();
  await bench.pass(120_000);
  await bench.boot();
  await bench.pass(5000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.ok((recording.end ?? 0) < event.end + 1000);
  await bench.pass(60_000);
  assert.equal(bench.captures.running('hall'), undefined, 'the forgotten tool is ended');
});

test('after a power cut the recording goes on as a second part; the gap says so', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  service.close();
  bench.captures.powerCut();
  await bench.pass(10_000);
  await bench.boot();
  await bench.pass(50_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(recording.parts.length, 2);
  assert.equal(recording.gaps.length, 1);
  assert.match(recording.gaps[0]?.reason ?? '', /station was off/);
});

test('an event that passed while the station was off is failed, with the reason', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 60_000, 30_000));
  service.close();
  await bench.pass(200_000);
  await bench.boot();
  assert.equal(bench.only().state, 'failed');
  assert.equal(bench.only().error?.code, 'MISSED');
});

test('a manual recording is as long as asked, however slow the camera starts', async () => {
  const bench = new RecordingBench();
  bench.captures.startDelayMs = 6000;
  const service = await bench.boot();
  const { id } = service.start(undefined, { title: 'Now', durationMs: 20_000 }, person);
  assert.equal(service.get(id)?.state, 'recording');
  await bench.pass(30_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.ok((recording.end ?? 0) - (recording.start ?? 0) >= 20_000);
  assert.deepEqual(recording.gaps, []);
});

test('stopped and deleted while its event goes on: not recorded again, whatever the calendar changes, unless it is moved', async () => {
  const bench = new RecordingBench();
  let service = await bench.boot();
  const event = bench.event('lecture', 10_000, 600_000);
  const running = service.prepare('recorder', event) ?? assert.fail();
  const waiting = bench.event('later', 300_000, 60_000);
  const { id: later } = service.prepare('recorder', waiting) ?? assert.fail();
  await bench.pass(30_000);
  service.stop(running.id, person);
  await bench.pass(10_000);
  await service.remove(running.id, person);
  await service.remove(later, person);
  service.close();
  service = await bench.boot();
  assert.equal(service.prepare('recorder', event), undefined);
  assert.equal(service.prepare('recorder', { ...event, title: 'renamed', end: event.end + 60_000 }), undefined);
  assert.equal(service.prepare('recorder', waiting), undefined);
  assert.deepEqual(service.list(), []);
  assert.ok(service.prepare('other', event), 'another recorder is not concerned');
  assert.ok(service.prepare('recorder', { ...event, start: event.end, end: event.end + 60_000 }));
});

test('started by hand, booked, stopped and deleted: what was booked is not recorded when the calendar names it', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id, event } = service.start(undefined, { durationMs: 600_000 }, person);
  await bench.pass(5000);
  service.stop(id, person);
  await bench.pass(10_000);
  await service.remove(id, person);
  assert.equal(service.prepare('another', { ...event, title: 'booked' }), undefined);
});

test('stop, extend, remove: what is possible in which state', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 20_000 }, person);
  await bench.pass(5000);
  await assert.rejects(service.remove(id, person), { code: 'RECORDING_RUNNING' });
  assert.throws(() => service.extend(id, 0, person), { code: 'DURATION_INVALID' });
  service.extend(id, 60_000, person);
  await bench.pass(30_000);
  assert.equal(service.get(id)?.state, 'recording');
  service.stop(id, person);
  await bench.pass(3000);
  assert.equal(service.get(id)?.state, 'recorded');
  assert.equal(service.get(id)?.endedBy, 'user');
  assert.throws(() => service.stop(id, person), { code: 'RECORDING_OVER' });
  await service.remove(id, person);
  assert.equal(service.get(id), undefined);
  assert.ok(bench.removed.includes(id));
});

test('bad requests name the field and change nothing', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  assert.throws(() => service.start(undefined, { inputs: ['attic'] }, person), {
    code: 'INPUT_UNKNOWN',
    field: 'inputs',
  });
  assert.throws(() => service.start(undefined, { durationMs: -5 }, person), { field: 'durationMs' });
  assert.throws(() => service.start('nobody', {}, person), { code: 'NO_RECORDER' });
  assert.throws(() => service.stop('nobody', person), { code: 'RECORDING_UNKNOWN' });
  assert.deepEqual(service.list(), []);
});

test('a full disk ends the capture cleanly, raises an alarm, and recording goes on when there is space', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 120_000));
  await bench.pass(30_000);
  bench.usage = { freeBytes: 1e6, totalBytes: 100e9 };
  await bench.pass(7000);
  assert.equal(bench.captures.running('hall'), undefined);
  assert.ok(bench.alarms.list().some((alarm) => alarm.code === 'DISK_FULL'));
  bench.usage = { freeBytes: 50e9, totalBytes: 100e9 };
  await bench.pass(8000);
  assert.ok(bench.captures.running('hall'));
  await bench.pass(100_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.match(recording.gaps[0]?.reason ?? '', /disk is full/);
});

test('a cancelled event is not recorded; cancelled while it runs, what there is is kept', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const first = bench.event('first', 60_000, 30_000);
  service.prepare('recorder', first);
  service.cancelEvent('recorder', first);
  assert.equal(service.list()[0]?.state, 'cancelled');
  const second = bench.event('second', 10_000, 60_000);
  service.prepare('recorder', second);
  await bench.pass(30_000);
  service.cancelEvent('recorder', second);
  await bench.pass(3000);
  const kept = service.list().find((one) => one.event.uid === 'second');
  assert.equal(kept?.state, 'recorded');
  assert.equal(kept?.endedBy, 'event');
  assert.deepEqual(kept?.gaps, []);
});

test('the pre-roll learns from slow starts', async () => {
  const bench = new RecordingBench();
  bench.captures.startDelayMs = 8000;
  const service = await bench.boot();
  service.prepare('recorder', bench.event('slow', 30_000, 20_000));
  await bench.pass(70_000);
  assert.equal(bench.only().gaps.length, 1, 'the first start was slower than any guess');
  const next = bench.event('next', 60_000, 20_000);
  service.prepare('recorder', next);
  await bench.pass(100_000);
  const recording = service.list().find((one) => one.event.uid === 'next');
  assert.deepEqual(recording?.gaps, []);
  assert.ok((recording?.start ?? Infinity) <= next.start);
});

test('a recording that finished while no node listened is handed over at the next attach, once', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(20_000);
  service.close();
  await bench.pass(20_000);
  bench.heard.length = 0;
  await bench.boot();
  await bench.pass(10_000);
  assert.equal(bench.heard.filter((one) => one.state === 'recorded').length, 1);
  service.attach(bench.settings, { onRecording: (one) => bench.heard.push(one), onProgress: () => {} });
  assert.equal(bench.heard.filter((one) => one.state === 'recorded').length, 1);
});

test('a runtime that dies just after a recording was handed over hands it over again: the flow may not have had it', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  const handedOver = () => bench.heard.filter((one) => one.state === 'recorded').length;
  for (let waited = 0; waited < 60 && handedOver() === 0; waited += 1) await bench.pass(1000);
  assert.equal(handedOver(), 1);
  await bench.boot();
  assert.equal(handedOver(), 2, 'killed at once');
  await bench.pass(6000);
  await bench.boot();
  assert.equal(handedOver(), 2, 'killed later');
});

test("a user's own tool serves one recording at a time: the first wins, the other begins when it is free", async () => {
  const bench = new RecordingBench([]);
  bench.cameras.add(cameraNamed('own', 'command'));
  const service = await bench.boot();
  service.prepare('recorder', bench.event('first', 10_000, 20_000, { inputs: ['own'] }));
  service.prepare('recorder', bench.event('second', 20_000, 30_000, { inputs: ['own'] }));
  await bench.pass(60_000);
  const [second, first] = service.list();
  assert.equal(first?.state, 'recorded');
  assert.equal(second?.state, 'recorded');
  assert.equal(bench.captures.begun.length, 2, 'each recording has a tool of its own');
  assert.equal(first?.gaps.length, 1, 'a tool of the user has no pre-roll');
  assert.match(second?.gaps[0]?.reason ?? '', /came first/);
  assert.ok((second?.gaps[0]?.end ?? 0) - (second?.gaps[0]?.start ?? 0) < 13_000);
});

test("a user's tool that ends in time is not started again for the last moment", async () => {
  const bench = new RecordingBench([]);
  bench.cameras.add(cameraNamed('own', 'command'));
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000, { inputs: ['own'] }));
  await bench.pass(29_600);
  bench.captures.running('own')?.end({ exitCode: 0 });
  await bench.pass(10_000);
  assert.equal(bench.captures.begun.length, 1);
  assert.equal(bench.only().state, 'recorded');
  assert.deepEqual(bench.alarms.list(), []);
});
