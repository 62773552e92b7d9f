import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

test('an event that is called off while its tool starts early: the tool is ended, its folder removed', async () => {
  for (const how of ['calendar', 'person'] as const) {
    const bench = new RecordingBench();
    const service = await bench.boot();
    const event = bench.event('lecture', 30_000, 60_000);
    const recording = service.prepare('recorder', event);
    await bench.pass(29_500);
    assert.ok(bench.captures.running('hall'), 'started early');
    if (how === 'calendar') service.cancelEvent('recorder', event);
    else service.stop(recording?.id ?? '', person);
    await bench.pass(3000);
    assert.equal(bench.only().state, 'cancelled');
    assert.equal(bench.captures.running('hall'), undefined, how);
    assert.equal(bench.store.captures.size, 0, how);
    assert.equal(bench.removed.length, 1, how);
  }
});

test('an event that is moved to much later while its tool starts early: the tool is ended until then', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 60_000);
  service.prepare('recorder', event);
  await bench.pass(9500);
  assert.ok(bench.captures.running('hall'));
  service.prepare('recorder', { ...event, start: event.start + 3600_000, end: event.end + 3600_000 });
  await bench.pass(3000);
  assert.equal(bench.captures.running('hall'), undefined);
  assert.equal(bench.only().state, 'armed');
});

test('a runtime killed between the spawn and its note: the tool is ended, what it captured is a part', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  const begin = bench.captures.begin.bind(bench.captures);
  bench.captures.begin = async (request) => {
    await begin(request);
    return new Promise(() => {});
  };
  await bench.pass(20_000);
  service.close();
  bench.captures.begin = begin;
  await bench.pass(5000);
  await bench.boot();
  await bench.pass(60_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.equal(bench.captures.begun.length, 2);
  assert.equal(recording.parts.length, 2, 'what the unknown tool captured counts');
  assert.equal(bench.captures.running('hall'), undefined);
  assert.equal(bench.store.captures.size, 0);
});

test('a spawn that fails leaves neither a folder nor a note', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  bench.captures.begin = () => Promise.reject(new Error('no device'));
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(20_000);
  assert.equal(bench.store.captures.size, 0);
  assert.ok(bench.removed.length >= 2, 'the folder of each try');
});

test('a crash between the end of a recording and the release of its captures leaves nothing behind', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(25_000);
  const held = structuredClone([...bench.store.captures.values()]);
  await bench.pass(10_000);
  assert.equal(bench.only().state, 'recorded');
  service.close();
  for (const capture of held) bench.store.captures.set(capture.record.id, { ...capture, endedAt: bench.clock.now() });
  await bench.boot();
  await bench.pass(62_000);
  assert.equal(bench.store.captures.size, 0);
});

test('two tools on one camera after a crash: the first does not run on unseen', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  const [first] = bench.store.listCaptures();
  bench.captures.frozen.add('hall');
  await bench.pass(7000);
  bench.captures.frozen.clear();
  service.close();
  // The runtime was killed before the end of the first was noted, and its tool thawed.
  const tool = bench.captures.tools.get(first?.record.id ?? '');
  assert.ok(first && tool);
  const { endedAt: _unnoted, ...open } = bench.store.captures.get(first.record.id) ?? first;
  bench.store.saveCapture(open);
  bench.captures.revive(tool);
  await bench.boot();
  await bench.pass(60_000);
  assert.equal(bench.only().state, 'recorded');
  assert.equal(bench.captures.running('hall'), undefined);
});
