import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusCommands } from '../../../nodes/core/bus/bus-commands.ts';
import type { CommandReply } from '../../../nodes/core/bus/command.ts';
import { replyMessage } from '../../../nodes/core/bus/messages.ts';
import { makeBusStation, RecordedBus, registerVerbs } from '../../fixtures/bus-station.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';
import { until } from '../../fixtures/until.ts';

async function makeBench() {
  const bus = new RecordedBus();
  const parts = await makeBusStation(bus);
  const { groups } = registerVerbs(parts);
  const { station, commands } = parts;
  const stop = new BusCommands({ bus, commands, agent: station.agent, groups, log: quietLog }).start();
  const hear = (topic: string, payload: unknown, more: object = {}, filter = 'reelflow/hall-1/command/#'): void => {
    const bytes =
      payload instanceof Uint8Array
        ? payload
        : new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
    bus.hear(filter, { topic, payload: bytes, isRetained: false, ...more });
  };
  const reply = async (id: string): Promise<CommandReply> => {
    const answer = await until(() => bus.on(`reelflow/hall-1/reply/${id}`).at(-1), { what: `the reply ${id}` });
    return replyMessage.parse(answer) as CommandReply;
  };
  const code = async (id: string): Promise<string> => {
    const answer = await reply(id);
    return answer.ok ? 'ok' : answer.error.code;
  };
  return { ...parts, bus, groups, stop, hear, reply, code };
}

test('a command is carried out for its sender and answered under its id', async () => {
  const { hear, reply, audit, bench } = await makeBench();
  hear(
    'reelflow/hall-1/command/record/start',
    { id: 'r1', title: 'Lecture', durationMs: 5000 },
    { sender: 'olaf', senderRole: 'operator' },
  );
  const answer = await reply('r1');
  assert.ok(answer.ok);
  assert.equal(bench.only().title, 'Lecture');
  assert.deepEqual(
    audit.map(({ user, via, action, isOk }) => [user, via, action, isOk]),
    [['olaf', 'mqtt', 'record/start', true]],
  );
});

test('the sender needs the role; one that is not known is an operator', async () => {
  const { hear, code } = await makeBench();
  hear('reelflow/hall-1/command/record/start', { id: 'a' }, { sender: 'eva', senderRole: 'viewer' });
  assert.equal(await code('a'), 'FORBIDDEN');
  hear('reelflow/hall-1/command/recording/delete', { id: 'b', recordingId: 'x' });
  assert.equal(await code('b'), 'FORBIDDEN');
  hear('reelflow/hall-1/command/record/start', { id: 'c' });
  assert.equal(await code('c'), 'ok');
});

test('what can not be understood is answered too', async () => {
  const { hear, code, bus } = await makeBench();
  const invalid = 'reelflow/hall-1/reply/invalid';
  for (const payload of [
    'not json',
    '[1]',
    '"text"',
    '{}',
    '{"id":"a/b"}',
    '{"id":7}',
    new Uint8Array([0xff, 0xfe]),
    new Uint8Array(70_000),
  ]) {
    const before = bus.on(invalid).length;
    hear('reelflow/hall-1/command/agent/describe', payload);
    await until(() => bus.on(invalid).length > before, { what: 'a reply' });
  }
  const codes = (bus.on(invalid) as CommandReply[]).map((reply) => !reply.ok && reply.error.code);
  assert.deepEqual(codes, [
    'COMMAND_MALFORMED',
    'COMMAND_MALFORMED',
    'COMMAND_MALFORMED',
    'VALIDATION',
    'VALIDATION',
    'VALIDATION',
    'COMMAND_MALFORMED',
    'COMMAND_TOO_LARGE',
  ]);
  hear('reelflow/hall-1/command/agent/describe', { id: 'd1', at: 'tomorrow' });
  assert.equal(await code('d1'), 'VALIDATION');
  hear('reelflow/hall-1/command/lamp/on', { id: 'd2' });
  assert.equal(await code('d2'), 'VERB_UNKNOWN');
});

test('kept and empty commands are ignored', async () => {
  const { hear, bus, code, bench } = await makeBench();
  hear('reelflow/hall-1/command/record/start', { id: 'old' }, { isRetained: true });
  hear('reelflow/hall-1/command/record/start', '');
  hear('reelflow/hall-1/command/agent/describe', { id: 'mark' });
  await code('mark');
  assert.equal(bus.on('reelflow/hall-1/reply/old').length, 0);
  assert.deepEqual(bench.service.list(), []);
});

test('the same id twice is one run and two equal answers', async () => {
  const { hear, bus, bench } = await makeBench();
  for (let index = 0; index < 2; index += 1) hear('reelflow/hall-1/command/record/start', { id: 'twice' });
  const replies = await until(
    () => bus.on('reelflow/hall-1/reply/twice').length === 2 && bus.on('reelflow/hall-1/reply/twice'),
    { what: 'both' },
  );
  assert.deepEqual(replies[0], replies[1]);
  bench.only();
});

test('commands for all are taken, those for a group only by its members', async () => {
  const { hear, code, groups, bus } = await makeBench();
  hear('reelflow/all/command/agent/describe', { id: 'all1' }, {}, 'reelflow/all/command/#');
  assert.equal(await code('all1'), 'ok');
  const group = (id: string): void =>
    hear('reelflow/group/east/command/agent/describe', { id }, {}, 'reelflow/group/+/command/#');
  group('g1');
  groups.join('east');
  group('g2');
  assert.equal(await code('g2'), 'ok');
  assert.equal(bus.on('reelflow/hall-1/reply/g1').length, 0);
});

test('at: is ISO 8601 with a zone and waits for its instant', async () => {
  const { hear, bus, bench } = await makeBench();
  const at = new Date(bench.clock.now() + 10_000).toISOString();
  hear('reelflow/hall-1/command/record/start', { id: 'later', at });
  await bench.pass(9000);
  assert.deepEqual(bench.service.list(), []);
  await bench.pass(2000);
  await until(() => bus.on('reelflow/hall-1/reply/later').length === 1, { what: 'the reply' });
  const { plannedStart } = bench.only();
  assert.ok(plannedStart >= Date.parse(at));
});

test('after stop nothing is heard', async () => {
  const { hear, stop, bus } = await makeBench();
  stop();
  hear('reelflow/hall-1/command/agent/describe', { id: 'x' });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(bus.published, []);
});
