import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedCamera } from '../../../nodes/core/camera-list/listed-camera.ts';
import { RestreamBench } from '../../fixtures/restream-bench.ts';

test('a camera goes from probing over starting to live, and back on its own when its stream ends', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1');
  await bench.settle();
  assert.equal(bench.state('cam1'), 'starting');
  await bench.flow('cam1');
  assert.equal(bench.state('cam1'), 'live');
  bench.stream('cam1').end(0, []);
  await bench.settle();
  assert.equal(bench.state('cam1'), 'unreachable');
  assert.equal(bench.view('cam1').reason?.class, 'ended');
  await bench.pass(1000);
  assert.equal(bench.state('cam1'), 'starting');
  await bench.flow('cam1');
  assert.equal(bench.state('cam1'), 'live');
  assert.deepEqual(bench.heard('cam1'), ['probing', 'starting', 'live', 'unreachable', 'starting', 'live']);
  assert.equal(bench.view('cam1').figures.reconnectsPerHour, 1);
  assert.equal(bench.view('cam1').outages.length, 1);
});

test('a frozen picture is noticed after 15 s, ended as hung, and counted as a stall', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1');
  await bench.settle();
  await bench.flow('cam1');
  const stream = bench.stream('cam1');
  await bench.pass(18_000);
  assert.equal(stream.wasHung, true);
  assert.equal(bench.view('cam1').figures.stallsPerHour, 1);
  assert.equal(bench.view('cam1').reason?.class, 'frozen');
  assert.ok(bench.heard('cam1').includes('stalled'));
});

test('a camera that waits for long is tried at once when it answers again', async () => {
  const bench = await new RestreamBench().boot();
  bench.answers = false;
  bench.probeFails('cam1', 'refused');
  bench.add('cam1');
  await bench.pass(60_000);
  assert.ok((bench.view('cam1').nextTryAt ?? 0) - bench.clock.now() > 10_000);
  bench.answers = true;
  bench.probeWorks('cam1');
  await bench.pass(2000);
  assert.equal(bench.state('cam1'), 'starting');
});

test('a camera that says it is there and still fails is not tried each time it says so', async () => {
  const bench = await new RestreamBench().boot();
  bench.probeFails('cam1', 'not-found');
  bench.add('cam1');
  await bench.pass(120_000);
  assert.ok(bench.probesOf('cam1') <= 10, `${bench.probesOf('cam1')} looks in two minutes`);
});

test('RS9 a wrong password is tried twice in the first minutes; a changed row ends the pause at once', async () => {
  const bench = await new RestreamBench().boot();
  bench.probeFails('cam1', 'unauthorised');
  bench.add('cam1');
  await bench.pass(120_000);
  assert.equal(bench.probesOf('cam1'), 2);
  assert.equal(bench.view('cam1').reason?.class, 'unauthorised');
  assert.ok((bench.view('cam1').nextTryAt ?? 0) - bench.clock.now() > 60_000);
  bench.probeWorks('cam1');
  bench.add('cam1', { url: 'rtsp://right@192.0.2.1/cam1' });
  await bench.settle();
  assert.equal(bench.state('cam1'), 'starting');
});

test('while the media server is away all wait for it together, and start when it is back', async () => {
  const bench = await new RestreamBench().boot();
  bench.connects = false;
  for (const name of ['cam1', 'cam2', 'cam3']) bench.add(name);
  await bench.pass(30_000);
  for (const name of ['cam1', 'cam2', 'cam3']) {
    assert.equal(bench.state(name), 'unreachable');
    assert.equal(bench.view(name).reason?.class, 'media-server-away');
  }
  assert.equal(bench.begun.length, 0, 'no process was started in vain');
  assert.deepEqual(
    bench.alarms.list().map(({ code }) => code),
    ['MEDIA_SERVER_AWAY'],
  );
  bench.connects = true;
  await bench.pass(3000);
  for (const name of ['cam1', 'cam2', 'cam3']) assert.equal(bench.state(name), 'starting');
  assert.deepEqual(bench.alarms.list(), []);
});

test('an alarm after the minutes that the node says, cleared when it is live', async () => {
  const bench = await new RestreamBench().boot();
  bench.probeFails('cam1', 'timeout');
  bench.add('cam1');
  await bench.pass(4 * 60_000);
  assert.deepEqual(bench.alarms.list(), []);
  await bench.pass(2 * 60_000);
  assert.deepEqual(
    bench.alarms.list().map(({ code }) => code),
    ['CAMERA_NOT_LIVE'],
  );
  bench.probeWorks('cam1');
  bench.service.restart('cam1');
  await bench.settle();
  await bench.flow('cam1');
  assert.deepEqual(bench.alarms.list(), []);
});

test('a deploy does not touch a stream, a removed node ends it, a changed target begins it anew', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1');
  await bench.settle();
  await bench.flow('cam1');
  const stream = bench.stream('cam1');
  await bench.place.detach(false);
  bench.attach();
  bench.add('cam1');
  await bench.settle();
  assert.equal(bench.stream('cam1'), stream);
  bench.attach({ target: 'rtsp://elsewhere/x' });
  await bench.settle();
  assert.notEqual(bench.stream('cam1'), stream);
  assert.equal(stream.isStopped, true);
  await bench.place.detach(true);
  await bench.settle();
  assert.deepEqual(bench.service.list(), []);
  assert.equal(bench.running, 0);
});

test('after a crash the stream is found again and goes on; what nobody wants any more ends', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1');
  bench.add('cam2');
  await bench.settle();
  await bench.flow('cam1');
  await bench.flow('cam2');
  const stream = bench.stream('cam1');
  await bench.crash();
  await bench.boot();
  assert.equal(bench.stream('cam1'), stream);
  await bench.flow('cam1');
  assert.equal(bench.state('cam1'), 'live');
  assert.equal(bench.begun.length, 2, 'nothing was started again');
  // Its node does not come back.
  await bench.place.detach(false);
  await bench.pass(61_000);
  assert.equal(bench.running, 0);
});

test('a camera that left its list while nobody could say so ends too', async () => {
  const bench = await new RestreamBench().boot();
  for (const name of ['cam1', 'cam2', 'cam3']) bench.add(name);
  bench.add('by hand', { id: 'flow:1' });
  await bench.settle();
  const listed = (name: string) => ({ id: `list:${name}`, name, url: 'rtsp://192.0.2.1/x', options: {} });
  let removed: (camera: ListedCamera) => void = () => {};
  const list = {
    listId: 'list',
    name: 'List',
    kind: 'own',
    cameras: [listed('cam1'), listed('cam3')],
    problems: [],
  } as const;
  bench.service.follow({
    list: () => [list],
    onRemove: (listener) => {
      removed = listener;
      return () => {};
    },
  });
  removed(listed('cam3'));
  await bench.settle();
  const paths = () => bench.service.list().map(({ camera }) => camera);
  assert.deepEqual(paths(), ['cam1', 'cam2', 'by-hand']);
  await bench.pass(61_000);
  assert.deepEqual(paths(), ['cam1', 'by-hand']);
});

test('two cameras whose names make one path: the later one is refused by name', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('Hall 1');
  assert.throws(() => bench.add('Hall-1'), { code: 'CAMERA_NAME_TAKEN' });
  assert.equal(bench.service.list().length, 1);
});

test('a renamed camera goes from its old path to the new one', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1', { id: 'row 7' });
  await bench.settle();
  bench.add('door', { id: 'row 7' });
  await bench.settle();
  assert.deepEqual(
    bench.service.list().map(({ camera }) => camera),
    ['door'],
  );
  assert.equal(bench.running, 1);
});

test('two stations that share the leases: one has the camera; when it is dead the other has it within 30 s', async () => {
  const first = await new RestreamBench().boot();
  const second = await new RestreamBench(first).boot();
  first.add('cam1');
  await first.settle();
  await first.flow('cam1');
  second.add('cam1');
  await second.pass(20_000);
  assert.equal(second.state('cam1'), 'stopped');
  assert.equal(second.view('cam1').reason?.class, 'elsewhere');
  assert.equal(first.running + second.running, 1);
  await first.crash();
  const diedAt = first.clock.now();
  while (second.state('cam1') === 'stopped' && first.clock.now() - diedAt < 60_000) await second.pass(1000);
  assert.ok(first.clock.now() - diedAt < 30_000, `${first.clock.now() - diedAt} ms`);
});

test('the store of the leases is away: streams go on, and no other begins', async () => {
  const bench = await new RestreamBench().boot();
  bench.add('cam1');
  await bench.settle();
  await bench.flow('cam1');
  const stream = bench.stream('cam1');
  bench.leases.isAway = true;
  for (let second = 0; second < 60; second += 5) {
    stream.frames += 100;
    await bench.pass(5000);
  }
  assert.equal(bench.state('cam1'), 'live');
  assert.equal(bench.stream('cam1'), stream);
  assert.match(bench.service.leaseTrouble ?? '', /away/);
  bench.leases.isAway = false;
  await bench.pass(6000);
  assert.equal(bench.service.leaseTrouble, undefined);
});

test('when the store of the leases is back each station keeps what it has: all leases had run out meanwhile', async () => {
  const first = await new RestreamBench().boot();
  const second = await new RestreamBench(first).boot();
  first.add('cam1');
  await first.settle();
  await first.flow('cam1');
  second.add('cam1');
  await second.pass(6000);
  const stream = first.stream('cam1');
  const flow = async (seconds: number) => {
    for (let at = 0; at < seconds; at += 1) {
      stream.frames += 10;
      await second.pass(1000);
      await first.settle();
    }
  };
  first.leases.isAway = true;
  await flow(60);
  first.leases.isAway = false;
  // The other is there first.
  first.leases.deafOwner = first.owner;
  await flow(7);
  first.leases.deafOwner = undefined;
  await flow(60);
  assert.equal(first.stream('cam1'), stream);
  assert.equal(second.view('cam1').reason?.class, 'elsewhere');
  assert.equal(second.running, 0);
});

test('50 cameras at once: four are looked at and eight start at a time, and all are live in the end', async () => {
  const bench = await new RestreamBench().boot();
  for (let n = 1; n <= 50; n++) bench.add(`cam${n}`);
  let most = 0;
  for (let turn = 0; turn < 200 && bench.service.list().some(({ state }) => state !== 'live'); turn++) {
    await bench.settle();
    const starting = bench.service.list().filter(({ state }) => state === 'starting').length;
    most = Math.max(most, bench.starting);
    assert.ok(starting <= 50);
    await bench.flowAll();
  }
  assert.ok(bench.service.list().every(({ state }) => state === 'live'));
  assert.ok(most <= 8, `${most} started at once`);
});
