import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { until } from '../../fixtures/until.ts';
import { Client, type Untyped } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';
import { makeEvent } from './fixtures/station.ts';

let server: TestServer;
let client: Client;
const sockets: Socket[] = [];

before(async () => {
  server = await startServer({ limits: { heartbeatMs: 300, maxListeners: 20 } });
  client = new Client(server);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(() => server.http.events.listenerCount === 0, { what: 'all listeners to be forgotten' });
});

after(() => server.close());

interface Heard {
  event: string;
  data: Untyped;
}

async function listener(): Promise<{ heard: () => Heard[]; raw: () => string; socket: Socket }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'connect');
  socket.write('GET /api/v1/events HTTP/1.1\r\nHost: x\r\nx-role: viewer\r\n\r\n');
  const raw = (): string => Buffer.concat(chunks).toString();
  const heard = (): Heard[] =>
    [...raw().matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = '', data = '']) => ({
      event,
      data: JSON.parse(data),
    }));
  await until(() => heard().length > 0, { what: 'the first event' });
  return { heard, raw, socket };
}

const kind = (heard: Heard[], event: string): Heard[] => heard.filter((one) => one.event === event);

test('the first thing to hear is the status', async () => {
  const { heard, raw } = await listener();
  assert.equal(heard()[0]?.event, 'status');
  client.contract.checkSchema('Status', heard()[0]?.data);
  assert.match(raw(), /^HTTP\/1.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
});

test('tells of recordings, their removal, figures, schedules and alarms', async () => {
  const { heard } = await listener();
  const recording = server.recordings.put({ state: 'recording', directory: `${server.dataRoot}/recordings/x` });
  server.recordings.tell([
    { recordingId: recording.id, input: 'hall', durationMs: 1, sizeBytes: 2, isCapturing: true },
  ]);
  server.schedules.put([makeEvent('lecture', Date.now() + 60_000)]);
  server.alarms.raise('camera-away:hall', {
    severity: 'error',
    code: 'CAMERA_AWAY',
    message: `see ${server.dataRoot}`,
  });
  server.alarms.clear('camera-away:hall');
  server.recordings.put({ ...recording, state: 'finishing' });
  server.recordings.put({ ...recording, state: 'recorded' });
  await server.recordings.remove(recording.id);
  await until(() => kind(heard(), 'removed').length === 1, { what: 'the removal' });
  const states = kind(heard(), 'recording').map(({ data }) => data.state);
  assert.deepEqual(states, ['recording', 'finishing', 'recorded']);
  client.contract.checkSchema('Recording', kind(heard(), 'recording')[0]?.data);
  client.contract.checkSchema('Progress', kind(heard(), 'progress')[0]?.data[0]);
  client.contract.checkSchema('Schedule', kind(heard(), 'schedule')[0]?.data);
  assert.deepEqual(
    kind(heard(), 'alarm').map(({ data }) => data.kind),
    ['raised', 'cleared'],
  );
  client.contract.checkSchema('Alarm', kind(heard(), 'alarm')[0]?.data.alarm);
  assert.deepEqual(kind(heard(), 'removed')[0]?.data, { id: recording.id });
  assert.ok(!JSON.stringify(heard()).includes(server.dataRoot), 'everybody hears it: no folders');
});

test('the status follows the state without being asked', async () => {
  const { heard } = await listener();
  const { id } = server.recordings.put({ state: 'recording' });
  await until(() => kind(heard(), 'status').some(({ data }) => data.state === 'capturing'), { what: 'capturing' });
  server.recordings.all.delete(id);
});

test('many small changes of a recording make few events, the last one among them', async () => {
  const { heard } = await listener();
  const recording = server.recordings.put({ state: 'delivering' });
  const delivery = { deliverId: 'd', target: 't', bytesDone: 0, bytesTotal: 1000, attempts: 1 };
  for (let bytesDone = 1; bytesDone <= 1000; bytesDone += 1) {
    server.recordings.put({ ...recording, delivery: { ...delivery, bytesDone } });
  }
  const told = () => kind(heard(), 'recording').map(({ data }) => data.delivery?.bytesDone);
  await until(() => told().includes(1000), { what: 'the last figure' });
  assert.ok(told().length < 50, `${told().length} events`);
  await server.recordings.remove(recording.id);
});

test('a heart beats', async () => {
  const { raw, heard } = await listener();
  await until(() => raw().split('\n:\n\n').length > 2, { what: 'two beats' });
  assert.ok(kind(heard(), 'status').length > 1, 'with the status');
});

test('the station is listened to only while somebody is there', async () => {
  const ears = (): number => server.recordings.listenerCount + server.schedules.listenerCount;
  assert.equal(ears(), 0);
  const listeners = await Promise.all(Array.from({ length: 20 }, () => listener()));
  assert.equal(ears(), 4, 'once for all of them');
  await client.refused(503, 'TOO_MANY_LISTENERS', 'GET /api/v1/events');
  for (const { socket } of listeners) socket.destroy();
  await until(() => ears() === 0, { what: 'nobody to listen' });
  server.recordings.put({ state: 'recording' });
  server.recordings.all.clear();
});

test('an error in telling does not reach the one who told', async () => {
  await listener();
  const broken = { id: 'broken' };
  assert.doesNotThrow(() => server.recordings.put(Object.assign(broken, { plannedEnd: Number.NaN })));
  await until(() => server.logged.some((line) => line.includes('events:')), { what: 'a line in the log' });
  server.recordings.all.clear();
});

test('only with a login', async () => {
  await client.refused(401, 'UNAUTHENTICATED', 'GET /api/v1/events', undefined, { role: 'nobody' });
});
