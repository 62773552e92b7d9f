import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import type { MqttClient } from 'mqtt';
import { parse } from 'yaml';
import { BusCommands } from '../../nodes/core/bus/bus-commands.ts';
import { StationPublisher } from '../../nodes/core/bus/station-publisher.ts';
import { putOnBus } from '../../nodes/plugin-broker/station-on-bus.ts';
import { type BrokerBench, collect, mosquitto, startBroker } from '../fixtures/broker-bench.ts';
import { makeBusStation, registerVerbs } from '../fixtures/bus-station.ts';
import { person, quietLog } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

interface Channel {
  address: string;
  messages: Record<string, { $ref: string }>;
}
interface Document {
  channels: Record<string, Channel>;
  operations: Record<string, { action: string; channel: { $ref: string }; bindings: { mqtt: { retain: boolean } } }>;
  components: { messages: Record<string, { contentType: string; payload: object }>; schemas: Record<string, object> };
}

const document = parse(readFileSync(join(import.meta.dirname, '../../docs/asyncapi.yaml'), 'utf8')) as Document;
const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'doc', components: document.components });
let broker: BrokerBench;

before(async () => {
  broker = await startBroker();
});
after(() => broker.stop());

/** Undefined when the document allows it; else why not. */
function complaint(topic: string, payload: Buffer): string | undefined {
  const channel = Object.values(document.channels).find(({ address }) =>
    new RegExp(`^${address.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(topic),
  );
  if (!channel) return `${topic} is not in the document`;
  const reasons = Object.keys(channel.messages).map((name) => {
    const { contentType, payload: schema } = document.components.messages[name] ?? { contentType: '', payload: {} };
    if (contentType === 'image/jpeg') return payload[0] === 0xff && payload[1] === 0xd8 ? undefined : 'not a JPEG';
    const value: unknown = contentType === 'text/plain' ? payload.toString() : JSON.parse(payload.toString() || 'null');
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')) as object;
    return ajv.validate(whole, value) ? undefined : `${name}: ${ajv.errorsText()}`;
  });
  return reasons.includes(undefined)
    ? undefined
    : `${topic} ${payload.toString().slice(0, 300)}: ${reasons.join('; ')}`;
}

async function give(client: MqttClient, verb: string, args: { id: string; [name: string]: unknown }): Promise<unknown> {
  const replies = await collect(client, `reelflow/hall-1/reply/${args.id}`, 1);
  await client.publishAsync(`reelflow/hall-1/command/${verb}`, JSON.stringify(args), { qos: 1 });
  const reply = await until(() => replies.find(({ topic }) => topic.endsWith(`/${args.id}`)), {
    what: `the reply to ${verb}`,
  });
  return JSON.parse(reply.text);
}

test('everything that really goes over the bus is as docs/asyncapi.yaml says', async () => {
  const parts = await makeBusStation(broker.broker);
  const { station, bench, previews, putSchedule } = parts;
  const { groups } = registerVerbs(parts);
  const admin = await broker.client('admin');
  const traffic: { topic: string; payload: Buffer }[] = [];
  admin.on('message', (topic, payload) => void traffic.push({ topic, payload }));
  await admin.subscribeAsync('reelflow/#');
  const publisher = new StationPublisher(station, quietLog);
  publisher.start();
  const stopCommands = new BusCommands({
    bus: broker.broker,
    commands: station.commands,
    agent: 'hall-1',
    groups,
    log: quietLog,
  }).start();
  putSchedule({
    scheduleId: 's1',
    name: 'Halls',
    events: [bench.event('soon', 60_000, 5000, { location: 'Hall 1', series: 'S' })],
    problems: [],
    lastError: { code: 'CALENDAR_EMPTY', message: 'empty', at: bench.clock.now() },
  });
  bench.alarms.raise('x', { severity: 'warning', code: 'DISK_LOW', message: 'low' });
  const operator = await broker.client('operator');
  const started = (await give(operator, 'record/start', {
    id: 'c1',
    title: 'Lecture',
    durationMs: 20_000,
    inputs: ['hall'],
  })) as {
    ok: boolean;
    result: { id: string };
  };
  assert.ok(started.ok);
  await give(operator, 'preview/start', { id: 'c2', camera: 'hall', everyMs: 100 });
  previews.push('hall', new Uint8Array([0xff, 0xd8, 1, 2]));
  await bench.pass(5000);
  bench.captures.kill('hall');
  await bench.pass(10_000);
  await give(operator, 'record/extend', { id: 'c3', byMs: 5000, recordingId: started.result.id });
  await give(operator, 'record/stop', { id: 'c4' });
  await bench.pass(20_000);
  await give(operator, 'files/list', { id: 'c5' });
  await give(operator, 'agent/describe', { id: 'c6' });
  await give(operator, 'schedule/refresh', { id: 'c7' });
  await give(operator, 'recording/delete', { id: 'c8', recordingId: started.result.id });
  await give(admin, 'recording/delete', { id: 'c9', recordingId: started.result.id });
  await give(operator, 'no/such', { id: 'c10' });
  bench.alarms.clear('x');
  publisher.stop();
  stopCommands();
  await until(
    () => traffic.some(({ topic, payload }) => topic.endsWith('/status') && payload.toString() === '{"online":false}'),
    {
      what: 'the goodbye',
    },
  );

  const seen = new Set(
    traffic.map(
      ({ topic }) => topic.split('/')[2] + (topic.includes('/event/') ? topic.slice(topic.lastIndexOf('/')) : ''),
    ),
  );
  assert.deepEqual([...seen].sort(), [
    'command',
    'event/alarm',
    'event/recording',
    'event/warning',
    'level',
    'preview',
    'recording',
    'reply',
    'schedule',
    'status',
  ]);
  // An unknown verb is what a client may try, and no part of the interface.
  const known = traffic.filter(({ topic }) => !topic.endsWith('/no/such'));
  assert.deepEqual(
    known.flatMap(({ topic, payload }) => complaint(topic, payload) ?? []),
    [],
  );
  assert.match(complaint('reelflow/hall-1/level/hall', Buffer.from('{"at":"now"}')) ?? '', /levelDbfs/);
  await Promise.all([admin.endAsync(), operator.endAsync()]);
});

test('mosquitto_pub and mosquitto_sub can work a station; what is retained is there for who comes later', async () => {
  const parts = await makeBusStation(broker.broker);
  const { station, bench } = parts;
  const goodbye = putOnBus(station, quietLog);
  const login = ['-p', String(broker.port), '-u', 'operator', '-P', 'operator'];
  try {
    const answer = mosquitto('mosquitto_sub', [...login, '-t', 'reelflow/hall-1/reply/m1', '-C', '1', '-W', '10']);
    await until(
      async () => {
        const message = '{"id":"m1","title":"From a shell","durationMs":60000}';
        await mosquitto('mosquitto_pub', [
          ...login,
          '-t',
          'reelflow/hall-1/command/record/start',
          '-m',
          message,
          '-q',
          '1',
        ]);
        return (await Promise.race([answer, Promise.resolve(undefined)]))?.out;
      },
      { what: 'the reply', everyMs: 100 },
    );
    const reply = JSON.parse((await answer).out) as { ok: boolean; result: { title: string } };
    assert.equal(reply.result.title, 'From a shell');
    // Asked several times under one id: one recording.
    bench.only();
    const { out } = await mosquitto('mosquitto_sub', [
      ...login,
      '-t',
      'reelflow/hall-1/recording/+',
      '-C',
      '1',
      '-W',
      '5',
      '-F',
      '%r %p',
    ]);
    assert.match(out, /^1 \{"id":.*"title":"From a shell"/);
    const status = await mosquitto('mosquitto_sub', [...login, '-t', 'reelflow/hall-1/status', '-C', '1', '-W', '5']);
    assert.equal((JSON.parse(status.out) as { online: boolean }).online, true);
  } finally {
    goodbye();
    goodbye();
  }
  const { out } = await mosquitto('mosquitto_sub', [...login, '-t', 'reelflow/hall-1/status', '-C', '1', '-W', '5']);
  assert.equal(out, '{"online":false}\n');
  assert.equal(bench.service.stop(bench.only().id, person).title, 'From a shell');
});
