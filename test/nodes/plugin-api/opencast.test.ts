import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventStreamParser } from '../../../dashboard/client/event-stream.ts';
import { until } from '../../fixtures/until.ts';
import { Client, type Untyped } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

const at = Date.UTC(2026, 10, 21, 10, 15);
let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer();
  client = new Client(server);
  const { dataRoot, recordings, opencast } = server;
  const { event } = recordings.put({ id: 'r1', title: 'Lecture', state: 'recorded' });
  opencast.views.push({
    agentId: 'agent-1',
    name: 'hall-1',
    coreUrl: 'https://core.example.org',
    isBackup: false,
    inputs: [],
    state: 'capturing',
    toldState: 'idle',
    waiting: 2,
    contact: { lastContactAt: at, lastError: { code: 'OPENCAST_UNREACHABLE', message: `see ${dataRoot}/x`, at } },
  });
  opencast.states.push({ eventId: event.uid, state: 'capturing', at }, { eventId: 'gone', state: 'uploading', at });
  opencast.progress.push({
    ingestId: 'ingest-1',
    recordingId: 'r1',
    title: 'Lecture',
    target: 'https://core.example.org',
    state: 'uploading',
    step: { kind: 'track', number: 2, of: 3, input: 'hall' },
    bytesDone: 10,
    bytesTotal: 100,
    bytesPerSecond: 5,
    attempts: 1,
    error: { code: 'SOURCE_MISSING', message: `the recorded file ${dataRoot}/hall.mp4 is not there` },
    waitsUntil: at,
  });
});

after(() => server.close());

test('says how the agent stands, what the core has not heard yet, and how uploads go on', async () => {
  const { body } = await client.ask('GET /api/v1/opencast', undefined, { role: 'viewer' });
  const [agent] = body.agents;
  assert.deepEqual(
    [agent.state, agent.toldState, agent.lastContactAt],
    ['capturing', 'idle', '2026-11-21T10:15:00.000Z'],
  );
  assert.equal(agent.lastError.message, 'see …/x', 'not where things lie');
  assert.deepEqual(
    agent.waiting.map(({ title, state }: Untyped) => [title, state]),
    [
      ['Lecture', 'capturing'],
      [undefined, 'uploading'],
    ],
  );
  const [upload] = body.uploads;
  assert.deepEqual(upload.step, { kind: 'track', number: 2, of: 3, input: 'hall' });
  assert.deepEqual([upload.coreUrl, upload.waitsUntil], ['https://core.example.org', '2026-11-21T10:15:00.000Z']);
  assert.ok(!JSON.stringify(body).includes(server.dataRoot));
});

test('listeners hear of it when it changes, and the station is let go with the last of them', async () => {
  const leave = new AbortController();
  const response = await fetch(`${server.url}/api/v1/events`, {
    signal: leave.signal,
    headers: { 'x-role': 'viewer' },
  });
  const parser = new EventStreamParser();
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  assert.ok(reader);
  server.opencast.changed();
  let heard: Untyped;
  while (!heard) {
    const { value, done } = await reader.read();
    assert.ok(!done);
    heard = parser.push(decoder.decode(value, { stream: true })).find(({ event }) => event === 'opencast');
  }
  const data = JSON.parse(heard.data);
  client.contract.checkSchema('Opencast', data);
  assert.equal(data.uploads[0].recordingId, 'r1');
  leave.abort();
  await until(() => server.opencast.listenerCount === 0, { what: 'nobody to listen to the station any more' });
});

test('an alarm that was acknowledged says by whom, and stands', async () => {
  const key = 'camera-away:hall';
  server.alarms.raise(key, { severity: 'warning', code: 'CAMERA_AWAY', message: 'is away' });
  const path = '/api/v1/commands/alarm/acknowledge';
  const operation = 'POST /api/v1/commands/{verb}';
  await client.refused(403, 'FORBIDDEN', operation, path, { role: 'viewer', body: { key } });
  await client.refused(404, 'ALARM_UNKNOWN', operation, path, { body: { key: 'other' } });
  await client.ask(operation, path, { body: { key } });
  await client.ask(operation, path, { role: 'admin', body: { key } });
  const acknowledged = async () => (await client.ask('GET /api/v1/status')).body.alarms[0].acknowledged;
  assert.equal((await acknowledged()).by, 'the-operator', 'the first one counts');
  server.alarms.raise(key, { severity: 'warning', code: 'CAMERA_AWAY', message: 'is still away' });
  assert.equal((await acknowledged()).by, 'the-operator');
  server.alarms.raise(key, { severity: 'error', code: 'CAMERA_AWAY', message: 'is away, and something is lost' });
  assert.equal(await acknowledged(), undefined, 'it has become worse');
});
