import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, CommandReply, Role } from '../../../nodes/core/bus/command.ts';
import type { RecordingMessage } from '../../../nodes/core/bus/messages.ts';
import { recordingMessage } from '../../../nodes/core/bus/messages.ts';
import { makeBusStation, RecordedBus, registerVerbs } from '../../fixtures/bus-station.ts';

const caller = (role: Role): Caller => ({ user: role, role, via: 'mqtt' });

async function makeStation() {
  const bus = new RecordedBus();
  const parts = await makeBusStation(bus);
  const more = registerVerbs(parts);
  const give = (verb: string, args: object = {}, role: Role = 'admin'): Promise<CommandReply> =>
    parts.commands.dispatch({ id: crypto.randomUUID(), verb, args }, caller(role));
  const ok = async <T = RecordingMessage>(verb: string, args: object = {}, role: Role = 'admin'): Promise<T> => {
    const reply = await give(verb, args, role);
    assert.ok(reply.ok, JSON.stringify(reply));
    return reply.result as T;
  };
  const code = async (verb: string, args: object = {}, role: Role = 'admin'): Promise<string> => {
    const reply = await give(verb, args, role);
    return reply.ok ? 'ok' : reply.error.code;
  };
  return { ...parts, ...more, bus, ok, code, give };
}

test('record/start, extend, stop and recording/delete do what they say, in bus format', async () => {
  const { bench, ok, code } = await makeStation();
  const started = await ok('record/start', { title: 'Lecture', durationMs: 60_000, inputs: ['hall'] }, 'operator');
  assert.deepEqual(recordingMessage.parse(started), started);
  assert.equal(started.title, 'Lecture');
  assert.match(started.plannedStart, /^\d{4}-.*\.\d{3}Z$/);
  await bench.pass(5000);
  const extended = await ok('record/extend', { recordingId: started.id, byMs: 30_000 }, 'operator');
  assert.equal(Date.parse(extended.plannedEnd) - Date.parse(extended.plannedStart), 90_000);
  assert.equal(await code('recording/delete', { recordingId: started.id }), 'RECORDING_RUNNING');
  await ok('record/stop', {}, 'operator');
  await bench.pass(15_000);
  assert.equal(bench.only().state, 'recorded');
  const { files } = await ok<{ files: { recordingId: string; name: string }[] }>('files/list', {}, 'viewer');
  assert.equal(files[0]?.recordingId, started.id);
  assert.doesNotMatch(files[0]?.name ?? '/', /\//);
  assert.deepEqual(await ok('recording/delete', { recordingId: started.id }), { recordingId: started.id });
  assert.deepEqual(bench.service.list(), []);
});

test('without recordingId only the one that was started by hand is meant', async () => {
  const { bench, ok, code, give } = await makeStation();
  assert.equal(await code('record/stop'), 'NOT_RECORDING');
  const first = await ok('record/start', { title: 'a', inputs: ['hall'] });
  const second = await ok('record/start', { title: 'b', inputs: ['slides'] });
  await bench.pass(2000);
  const reply = await give('record/stop');
  assert.ok(!reply.ok);
  assert.equal(reply.error.code, 'RECORDING_AMBIGUOUS');
  assert.match(reply.error.message, new RegExp(first.id));
  await ok('record/stop', { recordingId: first.id });
  await bench.pass(10_000);
  assert.equal((await ok('record/extend', { byMs: 1000 })).id, second.id);
  const paused = await ok('record/pause');
  assert.deepEqual([paused.id, paused.isPaused], [second.id, true]);
  assert.equal((await ok('record/resume', { recordingId: second.id })).isPaused, false);
});

test('each verb has its least role', async () => {
  const { code, commands } = await makeStation();
  const allowed = async (role: Role): Promise<string[]> => {
    const verbs = [];
    for (const { verb } of commands.verbs()) if ((await code(verb, {}, role)) !== 'FORBIDDEN') verbs.push(verb);
    return verbs;
  };
  const forViewers = ['agent/describe', 'files/list', 'preview/start', 'preview/stop'];
  const forOperators = [
    'alarm/acknowledge',
    'camera/configure',
    'camera/pause',
    'camera/restart',
    'camera/resume',
    'record/extend',
    'record/pause',
    'record/resume',
    'record/start',
    'record/stop',
    'schedule/refresh',
  ];
  const forAdmins = ['agent/join', 'agent/leave', 'recording/delete'];
  assert.deepEqual(await allowed('viewer'), forViewers);
  assert.deepEqual(await allowed('operator'), [...forViewers, ...forOperators].sort());
  assert.deepEqual(await allowed('admin'), [...forViewers, ...forOperators, ...forAdmins].sort());
});

test('arguments that are wrong are refused with their names', async () => {
  const { give, bench } = await makeStation();
  for (const [verb, args, field] of [
    ['record/start', { durationMs: -1 }, 'durationMs'],
    ['record/start', { title: '' }, 'title'],
    ['record/start', { inputs: ['hall', 7] }, 'inputs[1]'],
    ['record/start', { inputs: ['attic'] }, 'inputs'],
    ['record/start', { id: 'x' }, 'id'],
    ['record/extend', {}, 'byMs'],
    ['recording/delete', {}, 'recordingId'],
    ['preview/start', { camera: 'attic' }, 'camera'],
    ['preview/start', { camera: 'hall', everyMs: 1 }, 'everyMs'],
    ['files/list', { recordingId: 'nope' }, 'recordingId'],
  ] as const) {
    const reply = await give(verb, args);
    assert.ok(!reply.ok, verb);
    assert.equal(reply.error.field, field, `${verb}: ${reply.error.message}`);
  }
  assert.deepEqual(bench.service.list(), []);
});

test('preview/start publishes pictures at its pace and ends by itself', async () => {
  const { bus, bench, previews, ok } = await makeStation();
  const topic = 'reelflow/hall-1/preview/hall';
  await ok('preview/start', { camera: 'node-hall', everyMs: 1000, durationMs: 10_000 }, 'viewer');
  for (let index = 0; index < 30; index += 1) {
    previews.push('hall', new Uint8Array([0xff, 0xd8, index]));
    await bench.pass(100);
  }
  const pictures = bus.on(topic).length;
  assert.ok(pictures === 3 || pictures === 4, `${pictures} pictures in 3 s`);
  await bench.pass(8000);
  assert.equal(previews.watchers.get('hall')?.size, 0);
  await ok('preview/start', { camera: 'hall' });
  await ok('preview/start', { camera: 'hall' });
  assert.equal(previews.watchers.get('hall')?.size, 1);
  await ok('preview/stop', { camera: 'hall' });
  await ok('preview/stop', { camera: 'hall' });
  assert.equal(previews.watchers.get('hall')?.size, 0);
});

test('schedule/refresh reads the calendar that is asked for', async () => {
  const { ok, refreshed, putSchedule } = await makeStation();
  putSchedule({ scheduleId: 's1', name: 'Halls', events: [], lastGoodAt: 0, problems: [] });
  assert.deepEqual(await ok('schedule/refresh', { scheduleId: 's1' }, 'operator'), {
    schedules: [{ scheduleId: 's1', name: 'Halls', eventCount: 0, lastGoodAt: '1970-01-01T00:00:00.000Z' }],
  });
  assert.deepEqual(refreshed, ['s1']);
});

test('agent/describe tells verbs with JSON schemas; agent/join and leave keep the groups', async () => {
  const { ok, code, saved, groups } = await makeStation();
  await ok('agent/join', { group: 'east' });
  await ok('agent/join', { group: 'east' });
  assert.equal(await code('agent/join', { group: 'a/b' }), 'GROUP_INVALID');
  const about = await ok<{
    groups: string[];
    cameras: object[];
    commands: { verb: string; args: { properties: object } }[];
  }>('agent/describe', {}, 'viewer');
  assert.deepEqual(about.groups, ['east']);
  assert.deepEqual(about.cameras, [
    { name: 'hall', kind: 'test', flavor: 'presenter/source' },
    { name: 'slides', kind: 'test', flavor: 'presenter/source' },
  ]);
  const start = about.commands.find(({ verb }) => verb === 'record/start');
  assert.deepEqual(Object.keys(start?.args.properties ?? {}), [
    'title',
    'durationMs',
    'inputs',
    'creator',
    'description',
    'seriesId',
    'book',
  ]);
  await ok('agent/leave', { group: 'east' });
  assert.deepEqual(saved, [['east'], []]);
  assert.equal(groups.has('east'), false);
});
