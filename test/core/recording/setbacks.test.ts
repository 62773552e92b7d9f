import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { person, RecordingBench } from '../../fixtures/recording-bench.ts';

test('pictures that come late are waited for at the end, and only for a while', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const event = bench.event('lecture', 10_000, 20_000);
  service.prepare('recorder', event);
  await bench.pass(20_000);
  bench.captures.lagMs = 1500;
  await bench.pass(20_000);
  assert.equal(bench.only().state, 'recorded');
  assert.deepEqual(bench.only().gaps, []);
  assert.ok((bench.only().end ?? 0) >= event.end);
  const frozen = service.prepare('recorder', bench.event('frozen', 10_000, 20_000)) ?? assert.fail();
  await bench.pass(27_000);
  bench.captures.frozen.add('hall');
  await bench.pass(8000);
  assert.equal(service.get(frozen.id)?.state, 'recorded');
});

test('the journal can not be written for a while: the recording goes on and is complete', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  const save = bench.store.saveCapture.bind(bench.store);
  bench.store.saveCapture = () => {
    throw new Error('database or disk is full');
  };
  await bench.pass(30_000);
  bench.captures.kill('hall');
  await bench.pass(5000);
  assert.equal(bench.captures.begun.length, 2, 'no tool without an owner, no camera that is forgotten');
  bench.store.saveCapture = save;
  await bench.pass(2000);
  assert.equal(bench.store.captures.size, 2, 'written as soon as it can be');
  await bench.pass(50_000);
  assert.equal(bench.only().state, 'recorded');
  assert.equal(bench.only().parts.length, 2);
});

test('recordings can not be written for a while: no rejection, and it goes on afterwards', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(25_000);
  const save = bench.store.save.bind(bench.store);
  bench.captures.assemble = () => Promise.reject(new Error('no space left'));
  await bench.pass(6000);
  assert.equal(bench.only().state, 'finishing');
  bench.store.save = () => {
    throw new Error('database or disk is full');
  };
  await bench.pass(300_000);
  bench.store.save = save;
  await bench.pass(70_000);
  assert.equal(bench.only().state, 'failed');
  assert.equal(bench.store.captures.size, 1, 'what was captured is kept');
});

test('the disk is full and the database with it: the tool is ended all the same', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  bench.usage = { freeBytes: 1e6, totalBytes: 100e9 };
  bench.store.save = () => {
    throw new Error('database or disk is full');
  };
  await bench.pass(7000);
  assert.equal(bench.captures.running('hall'), undefined);
});

test('what is captured counts until it is finished: the disk does not fill up with what can not be finished', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 3600_000));
  // 500 bytes a millisecond; what is captured takes its space.
  const total = 400e6;
  Object.defineProperty(bench, 'usage', {
    get: () => {
      const used = [...bench.captures.tools.values()].reduce((sum, tool) => sum + tool.mediaMs * 500, 0);
      return { freeBytes: total - used, totalBytes: total };
    },
  });
  await bench.pass(900_000);
  const used = total - bench.usage.freeBytes;
  assert.equal(bench.captures.running('hall'), undefined);
  assert.ok(used * 2 < total, `${used} bytes can be finished`);
  assert.equal(bench.captures.begun.length, 1, 'it does not flap');
});

test('finishing that fails while the disk is full is tried until there is space', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(25_000);
  const assemble = bench.captures.assemble.bind(bench.captures);
  bench.captures.assemble = () => Promise.reject(new Error('no space left'));
  bench.usage = { freeBytes: 1e6, totalBytes: 100e9 };
  await bench.pass(900_000);
  assert.equal(bench.only().state, 'finishing');
  bench.usage = { freeBytes: 50e9, totalBytes: 100e9 };
  bench.captures.assemble = assemble;
  await bench.pass(70_000);
  assert.equal(bench.only().state, 'recorded');
  assert.deepEqual(bench.alarms.list(), []);
});

test('a person may give up on a recording that can not be finished', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(25_000);
  bench.captures.assemble = () => Promise.reject(new ReelflowError('ASSEMBLE_FAILED', 'broken', { isRetryable: true }));
  await bench.pass(10_000);
  const { id } = bench.only();
  await service.remove(id, person);
  await bench.pass(2000);
  assert.deepEqual(service.list(), []);
  assert.equal(bench.store.captures.size, 0);
  assert.deepEqual(bench.alarms.list(), []);
});

test('one camera without a picture does not cost the other: recorded, with the gap', async () => {
  const bench = new RecordingBench(['hall', 'desk']);
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  const assemble = bench.captures.assemble.bind(bench.captures);
  bench.captures.assemble = (request) =>
    request.pieces[0]?.record.input === 'desk'
      ? Promise.reject(new ReelflowError('NOTHING_CAPTURED', 'no picture or sound was captured'))
      : assemble(request);
  await bench.pass(35_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded', recording.error?.message);
  assert.deepEqual(
    recording.tracks.map((track) => track.input),
    ['hall'],
  );
  assert.deepEqual(
    recording.gaps.map((gap) => gap.input),
    ['desk'],
  );
});

test('one of two cameras is away: the other is complete', async () => {
  const bench = new RecordingBench(['hall', 'desk']);
  const service = await bench.boot();
  bench.captures.away.add('desk');
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(75_000);
  const recording = bench.only();
  assert.equal(recording.state, 'recorded');
  assert.deepEqual([...new Set(recording.gaps.map((gap) => gap.input))], ['desk']);
  assert.deepEqual(bench.alarms.list(), []);
});

test('media in which nothing can be found is kept for a person to look at', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  bench.captures.assemble = () => Promise.reject(new ReelflowError('NOTHING_CAPTURED', 'unreadable'));
  await bench.pass(75_000);
  assert.equal(bench.only().state, 'failed');
  assert.equal(bench.store.captures.size, 1);
});

test('files that can not be looked at after the tool ended: a new part is begun all the same', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000));
  await bench.pass(30_000);
  bench.captures.inspect = () => Promise.reject(new Error('input/output error'));
  bench.captures.kill('hall');
  await bench.pass(3000);
  assert.equal(bench.captures.begun.length, 2);
  await bench.pass(50_000);
  assert.equal(bench.only().state, 'recorded');
});

test('a tool that can not be ended neither ends the runtime nor holds the recording for ever', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(25_000);
  // Hangs in the kernel: no pictures, and no signal reaches it.
  bench.captures.frozen.add('hall');
  const hanging = bench.captures.running('hall');
  assert.ok(hanging);
  hanging.end = () => {
    throw new Error('operation not permitted');
  };
  await bench.pass(100_000);
  assert.equal(bench.only().state, 'recorded');
  assert.equal(bench.only().gaps.length, 1);
});

test('listeners that throw do not keep a recording from being finished; it is handed over again', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  service.onProgress(() => {
    throw new Error('a listener');
  });
  const heard: string[] = [];
  let isBroken = true;
  const listeners = {
    onRecording: ({ state }: { state: string }) => {
      if (isBroken) throw new Error('a node');
      heard.push(state);
    },
    onProgress: () => {
      throw new Error('a node');
    },
  };
  service.attach(bench.settings, listeners);
  service.prepare('recorder', bench.event('lecture', 10_000, 20_000));
  await bench.pass(35_000);
  assert.equal(bench.only().state, 'recorded');
  isBroken = false;
  service.attach(bench.settings, listeners);
  service.attach(bench.settings, listeners);
  assert.deepEqual(heard, ['recorded'], 'once');
});

test('a camera that comes and goes for days: the recording does not grow without end', async () => {
  const bench = new RecordingBench();
  const service = await bench.boot();
  const { id } = service.start(undefined, { durationMs: 4 * 3600_000 }, person);
  for (let round = 0; round < 260; round += 1) {
    await bench.pass(12_000);
    bench.captures.kill('hall');
  }
  assert.equal(service.get(id)?.warnings.length, 200);
});

test('a camera that hangs is told once for each time, however long its tool takes to go', async () => {
  const bench = new RecordingBench([]);
  bench.cameras.add({
    id: 'node-stick',
    name: 'stick',
    source: { kind: 'v4l2', device: '/dev/video0' },
    flavor: 'presenter/source',
    profile: { name: 'copy', video: { encoder: 'copy' }, audio: { encoder: 'aac' }, container: 'mp4' },
  } as never);
  const service = await bench.boot();
  service.prepare('recorder', bench.event('lecture', 10_000, 60_000, { inputs: ['stick'] }));
  await bench.pass(25_000);
  bench.captures.frozen.add('stick');
  const tool = bench.captures.running('stick');
  assert.ok(tool);
  const end = tool.end.bind(tool);
  tool.end = () => {};
  await bench.pass(12_000);
  end({ wasRequested: true });
  assert.equal(bench.only().warnings.length, 1);
});
