import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { until } from '../../fixtures/until.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

const operation = 'POST /api/v1/commands/{verb}';
const start = '/api/v1/commands/record/start';
let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer({ limits: { commandPatienceMs: 200 } });
  client = new Client(server);
});

after(() => server.close());

test('lists the verbs with the schema of what they take', async () => {
  const { body } = await client.ask('GET /api/v1/commands', undefined, { role: 'viewer' });
  const verb = body.commands.find((one: { verb: string }) => one.verb === 'record/extend');
  assert.equal(verb.role, 'operator');
  const validate = new Ajv2020({ strict: false }).compile(verb.args);
  assert.equal(validate({ recordingId: 'x', byMs: 5 }), true);
  assert.equal(validate({ recordingId: 'x' }), false);
});

test('runs any verb as the bus does, with the id given, once', async () => {
  const asked = { body: { id: 'c-1', title: 'over the bus', durationMs: 5000 } };
  const first = await client.ask(operation, start, asked);
  const second = await client.ask(operation, start, asked);
  assert.deepEqual(first.body, second.body);
  assert.deepEqual([first.status, first.body.id, first.body.isDone], [200, 'c-1', true]);
  assert.equal(first.body.result.title, 'over the bus');
  assert.equal(server.recordings.all.size, 1);
  const other = { body: { id: 'c-1', title: 'something else' } };
  await client.refused(422, 'ID_REUSED', operation, start, other);
});

test('takes a verb without a body', async () => {
  const { status, body } = await client.ask(operation, '/api/v1/commands/schedule/refresh');
  assert.deepEqual([status, body.isDone, body.result], [200, true, { schedules: [] }]);
});

test('refuses as the bus does', async () => {
  await client.refused(404, 'VERB_UNKNOWN', operation, '/api/v1/commands/agent/explode');
  await client.refused(403, 'FORBIDDEN', operation, start, { role: 'viewer', body: {} });
  const wrong = await client.refused(422, 'VALIDATION', operation, start, { body: { durationMs: 'long' } });
  assert.equal(wrong.body.field, 'durationMs');
  const when = await client.refused(422, 'VALIDATION', operation, start, { body: { at: 'noon' } });
  assert.equal(when.body.field, 'at');
  await client.refused(422, 'AT_PASSED', operation, start, { body: { at: '2020-01-01T00:00:00Z' } });
  await client.refused(422, 'VALIDATION', operation, start, { body: { id: '' } });
  await client.refused(401, 'UNAUTHENTICATED', operation, start, { role: 'nobody' });
});

test('a command for later is accepted, done at its time, and its answer kept', async () => {
  const at = new Date(Date.now() + 1200).toISOString();
  const asked = { body: { id: 'c-later', at, title: 'later' } };
  const { status, body } = await client.ask(operation, start, asked);
  assert.equal(status, 202);
  assert.deepEqual(body, { id: 'c-later', isDone: false });
  const done = await until(
    async () => {
      const answer = await client.ask(operation, start, asked);
      return answer.status === 200 && answer;
    },
    { what: 'the answer' },
  );
  assert.equal(done.body.result.title, 'later');
  assert.ok(Date.now() >= Date.parse(at));
});
