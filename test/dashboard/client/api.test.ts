import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api, ApiError, sentenceOf } from '../../../dashboard/client/api.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

let server: ApiServer;
before(async () => {
  server = await startApiServer();
});
after(() => server.stop());

const refusal = (api: Promise<unknown>): Promise<ApiError> =>
  api.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => error as ApiError,
  );

test('what is sent and answered is JSON; no content is undefined', async () => {
  server.answers.set('POST /api/v1/recordings', { status: 201, body: { id: 'a' } });
  server.answers.set('DELETE /api/v1/recordings/a', { status: 204 });
  const api = new Api({ base: server.url });
  assert.deepEqual(await api.post('/api/v1/recordings', { title: 'Ü' }), { id: 'a' });
  assert.deepEqual(server.requests.at(-1)?.body, { title: 'Ü' });
  assert.equal(await api.delete('/api/v1/recordings/a'), undefined);
});

test("a refusal is the server's own words, with code and field", async () => {
  const body = { code: 'VALIDATION', detail: 'durationMs: must be more than 0', field: 'durationMs' };
  server.answers.set('POST /api/v1/recordings', { status: 422, body });
  const error = await refusal(new Api({ base: server.url }).post('/api/v1/recordings', {}));
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.status, error.code, error.field], [422, 'VALIDATION', 'durationMs']);
  assert.equal(sentenceOf(error), 'DurationMs: must be more than 0.');
});

test('an answer that is no problem document is told by its status', async () => {
  server.answers.set('GET /api/v1/status', { status: 502, body: 'Bad gateway' });
  const error = await refusal(new Api({ base: server.url }).get('/api/v1/status'));
  assert.deepEqual([error.status, error.code], [502, 'HTTP_502']);
});

test('who is not logged in any more is sent to the login', async () => {
  server.answers.set('GET /api/v1/status', { status: 401, body: { code: 'UNAUTHENTICATED', detail: 'log in first' } });
  let isLoggedOut = false;
  const api = new Api({ base: server.url, onLoggedOut: () => (isLoggedOut = true) });
  assert.equal((await refusal(api.get('/api/v1/status'))).status, 401);
  assert.equal(isLoggedOut, true);
});

test('a server that is gone, or does not answer, is said to be unreachable', async () => {
  const gone = await startApiServer();
  await gone.stop();
  assert.equal((await refusal(new Api({ base: gone.url }).get('/api/v1/status'))).code, 'UNREACHABLE');

  const { promise, resolve } = Promise.withResolvers<void>();
  server.answers.set('GET /api/v1/status', { before: () => promise });
  const error = await refusal(new Api({ base: server.url, timeoutMs: 100 }).get('/api/v1/status'));
  assert.deepEqual([error.status, error.code], [0, 'UNREACHABLE']);
  resolve();
});

test('anything thrown becomes a sentence', () => {
  assert.equal(sentenceOf(new Error('no such thing')), 'No such thing.');
  assert.equal(sentenceOf('Is it on?'), 'Is it on?');
});
