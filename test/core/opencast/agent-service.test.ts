import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgentBenchOptions, startAgent } from '../../fixtures/agent-bench.ts';
import { type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { until } from '../../fixtures/until.ts';

async function start(context: TestContext, options: AgentBenchOptions = {}) {
  const stand = await startOpencastCore();
  const now = Date.now() / 1000;
  await stand.control(
    'events',
    ['e1', 'e2'].map((uid) => ({ uid, title: uid, start: now, end: now + 600 })),
  );
  const bench = await startAgent(context, stand, options);
  // After the agent's own hook: it says goodbye.
  context.after(() => stand.stop());
  return { stand, bench };
}

/** Agent states as the core heard them, without repetitions. */
async function agentStates(stand: StandInCore): Promise<string[]> {
  const posts = (await stand.requests()).filter(
    ({ path, method, status }) => method === 'POST' && path === '/capture-admin/agents/hall-1' && status === 200,
  );
  const states = posts.map(({ fields }) => fields?.find(({ name }) => name === 'state')?.value ?? '');
  return states.filter((state, index) => state !== states[index - 1]);
}

async function recordingStates(stand: StandInCore, id = 'e1'): Promise<string[] | undefined> {
  return (await stand.state()).recordings[id]?.map(([, state]) => state);
}

const agentState = async (stand: StandInCore) => (await stand.state()).agents['hall-1']?.state;

/** The core hears these states of one event, and nothing else. */
async function untilRecordingStates(stand: StandInCore, expected: string[], timeoutMs = 10_000, id = 'e1') {
  await until(async () => (await recordingStates(stand, id))?.at(-1) === expected.at(-1), {
    what: `${expected.at(-1)}`,
    timeoutMs,
  });
  assert.deepEqual(await recordingStates(stand, id), expected);
}

test('A01 at the start: configuration with the inputs, then idle with the address, never offline', async (context) => {
  const { stand, bench } = await start(context);
  await until(async () => (await agentState(stand)) === 'idle', { what: 'idle', timeoutMs: 5000 });
  const { caps, agents } = await stand.state();
  assert.deepEqual(JSON.parse(caps['hall-1'] ?? ''), {
    'capture.device.names': 'camera,screen',
    'capture.device.camera.flavor': 'presenter/source',
    'capture.device.screen.flavor': 'presentation/source',
    'capture.device.timezone': 'Europe/Berlin',
    'capture.cleaner.mindiskspace': '5000000000',
    'vendor.name': 'Reelflow',
    'vendor.version': '1.2.3',
  });
  assert.equal(agents['hall-1']?.address, 'http://hall-1:1880/dashboard');
  await until(async () => (await stand.requests()).length >= 6, { what: 'heartbeats' });
  assert.deepEqual(await agentStates(stand), ['idle']);
  assert.deepEqual(
    (await stand.requests()).slice(0, 3).map(({ method, path }) => `${method} ${path}`),
    [
      'GET /services/available.json?serviceType=org.opencastproject.capture.admin',
      'POST /capture-admin/agents/hall-1/configuration',
      'POST /capture-admin/agents/hall-1',
    ],
  );
  assert.deepEqual(
    bench.notices.map(({ kind }) => kind),
    ['configuration', 'agent-state'],
  );
});

test('A39 stopped in a clean way: shutting_down, offline', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  const closing = bench.service.close();
  await bench.place.detach(false);
  await closing;
  assert.deepEqual(await agentStates(stand), ['idle', 'shutting_down', 'offline']);
});

test('A39 a core that says nothing does not hold up the stop', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  await stand.control('fault', { path: '/capture-admin/', delay: 20, times: -1 });
  const began = performance.now();
  await bench.service.close();
  assert.ok(performance.now() - began < 5000);
});

test('a deploy is no stop; a removed node is offline', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  await bench.place.detach(false);
  const place = bench.service.attach(bench.settings, { onNotice: () => {}, onView: () => {} });
  await delay(700);
  assert.deepEqual(await agentStates(stand), ['idle']);
  await place.detach(true);
  assert.deepEqual(await agentStates(stand), ['idle', 'shutting_down', 'offline']);
  assert.deepEqual(bench.service.list(), []);
});

test('A38 capturing over uploading over idle, told within a second, heartbeats go on', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  const delivery = { deliverId: 'd', target: stand.url, bytesDone: 0, bytesTotal: 1, attempts: 0 };
  const told = (state: string) =>
    until(async () => (await agentState(stand)) === state, { what: state, timeoutMs: 1000 });
  bench.place.follow(bench.recordings.set('e1', { state: 'armed' }));
  bench.recordings.set('e1', { state: 'recording' });
  await told('capturing');
  bench.recordings.set('e1', { state: 'finishing' });
  bench.recordings.set('e1', { state: 'recorded' });
  bench.recordings.set('e1', { state: 'delivering', delivery });
  await told('uploading');
  bench.place.follow(bench.recordings.set('e2', { state: 'recording' }));
  await told('capturing');
  bench.recordings.set('e1', { state: 'delivered', delivery });
  bench.recordings.set('e2', { state: 'recorded' });
  await told('idle');
  await untilRecordingStates(stand, ['capturing', 'capture_finished', 'uploading', 'upload_finished']);
  await untilRecordingStates(stand, ['capturing', 'capture_finished'], 5000, 'e2');
  const before = (await stand.requests()).length;
  await delay(1700);
  const beats = (await stand.requests()).length - before;
  assert.ok(beats >= 2 && beats <= 5, `${beats} heartbeats in 1.7 s at one each 0.5 s`);
});

test('two recordings of one event: the core hears the states of the first only; the agent captures with both', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  const first = bench.recordings.set('e1', { state: 'recording' });
  bench.place.follow(first);
  bench.recordings.set('e1', { state: 'recorded' });
  const { event, createdAt } = first;
  bench.place.follow(bench.recordings.set('rest', { state: 'recording', event, createdAt: createdAt + 1000 }));
  await until(async () => (await agentState(stand)) === 'capturing', { what: 'capturing' });
  const delivery = { deliverId: 'd', target: stand.url, bytesDone: 0, bytesTotal: 1, attempts: 0 };
  bench.recordings.set('e1', { state: 'delivering', delivery });
  bench.recordings.set('e1', { state: 'delivered', delivery });
  bench.recordings.set('rest', { state: 'recorded' });
  await untilRecordingStates(stand, ['capturing', 'capture_finished', 'uploading', 'upload_finished']);
  await until(async () => (await agentState(stand)) === 'idle', { what: 'idle again' });
  assert.equal((await recordingStates(stand))?.length, 4);
});

test('a delivery to a folder is none of the core’s business', async (context) => {
  const { stand, bench } = await start(context);
  const delivery = { deliverId: 'd', target: '/mnt/archive', bytesDone: 0, bytesTotal: 1, attempts: 0 };
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  bench.recordings.set('e1', { state: 'recorded' });
  bench.recordings.set('e1', { state: 'delivering', delivery });
  bench.recordings.set('e1', { state: 'delivered', delivery });
  await untilRecordingStates(stand, ['capturing', 'capture_finished']);
  assert.deepEqual(await agentStates(stand), ['idle']);
});

test('A10 a slow core: nothing waits for it, and the order is kept', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  await stand.control('fault', { path: '/capture-admin/', method: 'POST', delay: 1.5, times: -1 });
  const began = performance.now();
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  bench.recordings.set('e1', { state: 'recorded' });
  assert.ok(performance.now() - began < 200, 'following took no time');
  await untilRecordingStates(stand, ['capturing', 'capture_finished'], 15_000);
});

test('A12 the core is away during a whole recording: states come once, in order, when it is back', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  await stand.goAway();
  const delivery = { deliverId: 'd', target: stand.url, bytesDone: 0, bytesTotal: 1, attempts: 0 };
  const failed = { ...delivery, lastError: { code: 'OPENCAST_UNREACHABLE', message: 'away' } };
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  await until(() => bench.view()?.contact.lastError?.code === 'OPENCAST_UNREACHABLE', { what: 'the failure' });
  await until(() => bench.alarms.list().some(({ key }) => key === 'opencast:agent'), { what: 'the alarm' });
  bench.recordings.set('e1', { state: 'recorded' });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    bench.recordings.set('e1', { state: 'delivering', delivery });
    bench.recordings.set('e1', { state: 'delivering', delivery: failed });
  }
  bench.recordings.set('e1', { state: 'delivering', delivery });
  await stand.comeBack();
  await untilRecordingStates(stand, ['capturing', 'capture_finished', 'uploading'], 40_000);
  bench.recordings.set('e1', { state: 'delivered', delivery });
  await untilRecordingStates(stand, ['capturing', 'capture_finished', 'uploading', 'upload_finished']);
  await until(() => bench.alarms.list().length === 0, { what: 'the alarm to be over' });
});

test('A13 a restart while the core is away: what waited is sent by the next runtime', async (context) => {
  const { stand, bench } = await start(context);
  await stand.goAway();
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  const next = await bench.restart();
  assert.equal(next.view()?.waiting, 1);
  next.recordings.set('e1', { state: 'recorded' });
  await stand.comeBack();
  await untilRecordingStates(stand, ['capturing', 'capture_finished'], 40_000);
});

test('a refused state is dropped and reported, an unknown event too; others go on past one that fails', async (context) => {
  const { stand, bench } = await start(context);
  await until(() => bench.view()?.toldState === 'idle', { what: 'idle' });
  await stand.control('fault', { path: '/recordings/e1', status: 500, times: 1 });
  await stand.control('fault', { path: '/recordings/odd', status: 400, times: 1 });
  for (const id of ['e1', 'odd', 'manual', 'e2']) bench.place.follow(bench.recordings.set(id, { state: 'recording' }));
  await untilRecordingStates(stand, ['capturing'], 2000, 'e2');
  await untilRecordingStates(stand, ['capturing'], 15_000, 'e1');
  assert.ok(bench.notices.some((notice) => notice.kind === 'refused' && notice.eventId === 'odd'));
  assert.ok(
    bench.notices.some(
      (notice) => notice.kind === 'recording-state' && notice.eventId === 'manual' && notice.isKnown === false,
    ),
  );
  assert.equal(bench.view()?.waiting, 0);
});

test('A26 a camera that stays away: capture_error and error once, and back', async (context) => {
  const { stand, bench } = await start(context, { settings: { inputs: ['camera'] } });
  bench.place.follow(bench.recordings.set('e1', { state: 'recording', inputs: ['camera'] }));
  bench.alarms.raise('camera-away:camera', { severity: 'error', code: 'CAMERA_AWAY', message: 'it is away' });
  await untilRecordingStates(stand, ['capturing']);
  // Told beside the recording's state, and before the fault has lasted long enough to be one.
  await until(async () => (await agentState(stand)) === 'capturing', { what: 'capturing: a moment is no fault' });
  await untilRecordingStates(stand, ['capturing', 'capture_error'], 15_000);
  await until(async () => (await agentState(stand)) === 'error', { what: 'error' });
  bench.alarms.clear('camera-away:camera');
  await untilRecordingStates(stand, ['capturing', 'capture_error', 'capturing']);
  await until(async () => (await agentState(stand)) === 'capturing', { what: 'capturing' });
});

test('A35 a wrong password: said in view and alarm, states wait, at most one try a pause', async (context) => {
  const { stand, bench } = await start(context, { core: { password: 'wrong' } });
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  await until(() => bench.alarms.list().find(({ code }) => code === 'OPENCAST_LOGIN'), { what: 'the alarm' });
  assert.match(bench.view()?.contact.lastError?.message ?? '', /login was refused.*check user, password/);
  await delay(2000);
  const { length } = await stand.requests();
  assert.ok(length <= 5, `${length} tries in about 2.5 s at one each 0.8 s`);
  assert.equal(bench.view()?.waiting, 1);
});

test('A44 backup: the core hears nothing at all', async (context) => {
  const { stand, bench } = await start(context, { core: { isBackup: true } });
  bench.place.follow(bench.recordings.set('e1', { state: 'recording' }));
  bench.recordings.set('e1', { state: 'recorded' });
  await delay(1200);
  await bench.close();
  assert.deepEqual(await stand.requests(), []);
  assert.equal(bench.view()?.isBackup, true);
});
