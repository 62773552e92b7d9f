import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import registerCommand from '../../nodes/capture-command/capture-command.ts';
import registerCommandIn from '../../nodes/capture-command-in/capture-command-in.ts';
import { BusCommands } from '../../nodes/core/bus/bus-commands.ts';
import type { CommandReply } from '../../nodes/core/bus/command.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { type BrokerBench, startBroker } from '../fixtures/broker-bench.ts';
import { makeBusStation, registerVerbs } from '../fixtures/bus-station.ts';
import { type NodeRuntime, startNodeRuntime } from '../fixtures/node-runtime.ts';
import { quietLog } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

const flow = [
  { id: 'tab', type: 'tab', label: 'Commands' },
  {
    id: 'ask',
    z: 'tab',
    type: 'capture-command',
    version: 1,
    target: '',
    verb: '',
    timeoutSeconds: 1,
    wires: [['replies']],
  },
  { id: 'replies', z: 'tab', type: 'sink' },
  { id: 'errors', z: 'tab', type: 'sink' },
  { id: 'catch', z: 'tab', type: 'catch', scope: null, wires: [['errors']] },
  {
    id: 'lamp',
    z: 'tab',
    type: 'capture-command-in',
    version: 1,
    verb: 'lamp/#',
    role: 'operator',
    answer: 'flow',
    timeoutSeconds: 0.5,
    wires: [['commands']],
  },
  {
    id: 'bell',
    z: 'tab',
    type: 'capture-command-in',
    version: 1,
    verb: 'bell/ring',
    role: 'admin',
    answer: 'now',
    wires: [['commands']],
  },
  { id: 'commands', z: 'tab', type: 'sink' },
  { id: 'complete', z: 'tab', type: 'complete', scope: ['ask'], wires: [['done']] },
  { id: 'done', z: 'tab', type: 'sink' },
];

let broker: BrokerBench;
let runtime: NodeRuntime;
let parts: Awaited<ReturnType<typeof makeBusStation>>;
let taken = { replies: 0, errors: 0, commands: 0, done: 0 };

before(async () => {
  broker = await startBroker();
  parts = await makeBusStation(broker.broker);
  const { groups } = registerVerbs(parts);
  provideStation(parts.station);
  new BusCommands({ bus: broker.broker, commands: parts.commands, agent: 'hall-1', groups, log: quietLog }).start();
  runtime = await startNodeRuntime([registerCommand as never, registerCommandIn as never], flow);
});
after(async () => {
  // Also when before() failed half-way: an open broker would keep this process for ever.
  await Promise.allSettled([Promise.resolve().then(() => runtime.stop()), broker.stop()]);
});
beforeEach(() => {
  const count = (id: string): number => runtime.received(id).length;
  taken = { replies: count('replies'), errors: count('errors'), commands: count('commands'), done: count('done') };
});

const next = <T = { payload: CommandReply; agent: string; topic: string }>(
  id: keyof typeof taken,
  index = 0,
): Promise<T> => until(() => runtime.received(id)[taken[id] + index] as T | undefined, { what: `a message at ${id}` });
const ask = (message: object): void => runtime.node('ask').receive(message);
const codeOf = (message: { error: { code?: string } }): string | undefined => message.error.code;

test('a command to this machine is answered without the bus', async () => {
  ask({ verb: 'record/start', payload: { title: 'From a flow', durationMs: 5000 } });
  const { topic, agent, payload } = await next('replies');
  assert.deepEqual([topic, agent, payload.ok], ['reply', 'hall-1', true]);
  assert.equal(parts.bench.only().title, 'From a flow');
  // An inject node's time stamp stands for no arguments; a refusal is an answer.
  ask({ verb: 'record/extend', payload: 1_700_000_000_000 });
  const refused = await next('replies', 1);
  assert.equal(!refused.payload.ok && refused.payload.error.code, 'VALIDATION');
  await until(() => runtime.statuses('ask').at(-1)?.['fill'] === 'red', { what: 'a red status' });
});

test('what is missing or malformed is an error with the field', async () => {
  for (const [index, message] of [
    {},
    { verb: 'a', payload: 'text' },
    { verb: 'a b', target: 'hall-2' },
    { verb: 'a', target: '#' },
    { verb: 'a', commandId: 'a/b' },
  ].entries()) {
    ask(message);
    assert.ok(codeOf(await next('errors', index)));
  }
  const codes = runtime.received('errors').slice(taken.errors) as { error: { code: string } }[];
  assert.deepEqual(codes.map(codeOf), [
    'INPUT_INVALID',
    'MESSAGE_INVALID',
    'VERB_INVALID',
    'TARGET_INVALID',
    'INPUT_INVALID',
  ]);
});

test('another agent is asked over the bus; one that does not answer is an error', async () => {
  const other = await broker.client('token', { username: 'token', password: 't0ken' });
  other.on('message', (topic, payload) => {
    const { id, title } = JSON.parse(payload.toString()) as { id: string; title: string };
    other.publish(`reelflow/hall-2/reply/${id}`, JSON.stringify({ id, ok: true, result: { topic, title } }));
  });
  await other.subscribeAsync('reelflow/hall-2/command/#');
  ask({ target: 'hall-2', verb: 'record/start', payload: { title: 'There' }, commandId: 'over-the-bus' });
  const { agent, payload } = await next('replies');
  assert.equal(agent, 'hall-2');
  assert.deepEqual(payload, {
    id: 'over-the-bus',
    ok: true,
    result: { topic: 'reelflow/hall-2/command/record/start', title: 'There' },
  });
  await other.endAsync();
  ask({ target: 'hall-3', verb: 'record/start' });
  assert.equal(codeOf(await next('errors')), 'COMMAND_TIMEOUT');
});

test('all are asked at once, and each answer is a message', async () => {
  const other = await broker.client('token', { username: 'token', password: 't0ken' });
  other.on('message', (_topic, payload) => {
    const { id } = JSON.parse(payload.toString()) as { id: string };
    for (let twice = 0; twice < 2; twice += 1)
      other.publish(`reelflow/hall-2/reply/${id}`, JSON.stringify({ id, ok: true, result: 2 }));
  });
  await other.subscribeAsync('reelflow/all/command/#');
  ask({ target: 'all', verb: 'agent/describe', timeoutSeconds: 0.7 });
  await next('done');
  const answers = runtime.received('replies').slice(taken.replies) as { agent: string }[];
  assert.deepEqual(answers.map(({ agent }) => agent).sort(), ['hall-1', 'hall-2']);
  await other.endAsync();
});

test('a verb of the flow is given over MQTT and answered by what comes back', async () => {
  const operator = await broker.client('operator');
  const replies: { id: string; ok: boolean; result?: unknown; error?: { code: string; message: string } }[] = [];
  operator.on('message', (_topic, payload) => void replies.push(JSON.parse(payload.toString())));
  await operator.subscribeAsync('reelflow/hall-1/reply/+');
  const give = (id: string, verb: string, args: object = {}) =>
    operator.publishAsync(`reelflow/hall-1/command/${verb}`, JSON.stringify({ id, ...args }), { qos: 1 });
  const replyTo = (id: string) => until(() => replies.find((one) => one.id === id), { what: `the reply to ${id}` });
  type Command = { topic: string; payload: Record<string, unknown>; commandKey: string };

  await give('l1', 'lamp/on', { level: 3 });
  const command = await next<Command>('commands');
  assert.equal(command.topic, 'command');
  const expected = { id: 'l1', verb: 'lamp/on', args: { level: 3 }, user: 'operator', role: 'operator', via: 'mqtt' };
  assert.deepEqual(command.payload, expected);
  runtime.node('lamp').receive({ ...command, payload: { isOn: true } });
  assert.deepEqual(await replyTo('l1'), { id: 'l1', ok: true, result: { isOn: true } });

  await give('l2', 'lamp/off');
  const second = await next<Command>('commands', 1);
  runtime.node('lamp').receive({ ...second, error: { message: 'bulb is broken', code: 'BULB' } });
  assert.deepEqual((await replyTo('l2')).error, { code: 'BULB', message: 'bulb is broken' });
  runtime.node('lamp').receive(second);
  assert.equal(codeOf(await next('errors')), 'COMMAND_OVER');

  await give('l3', 'lamp/blink');
  assert.equal((await replyTo('l3')).error?.code, 'COMMAND_TIMEOUT');
  await give('b1', 'bell/ring');
  assert.equal((await replyTo('b1')).error?.code, 'FORBIDDEN');
  ask({ verb: 'bell/ring' });
  assert.deepEqual((await next('replies')).payload.ok, true);
  await operator.endAsync();
});

test('a redeploy answers what is open and takes the verb over; a verb that is taken is an error', async () => {
  ask({ verb: 'lamp/on' });
  await next('commands');
  const second = { ...flow[5], id: 'lamp2', wires: [[]] };
  const builtIn = { ...flow[5], id: 'record', verb: 'record/start', wires: [[]] };
  await runtime.deploy([...flow.filter((node) => node.id !== 'lamp'), second, builtIn]);
  assert.ok(parts.commands.verbs().some(({ verb }) => verb === 'lamp/#'));
  assert.ok(runtime.lines('record').some(({ text }) => text.includes('record/start')));
  const reply = await parts.commands.dispatch(
    { id: 'x1', verb: 'record/stop', args: {} },
    { user: 'a', role: 'admin', via: 'http' },
  );
  assert.ok(reply.ok);
});
