import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HttpOpencast } from '../../../nodes/adapters/opencast/http-opencast.ts';
import { coreSettings, type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

let core: StandInCore;
let server: TestServer;
let client: Client;

before(async () => {
  core = await startOpencastCore();
  await core.control('series', [
    { identifier: 'p1', title: 'Physics I' },
    { identifier: 'c1', title: 'Chemistry' },
  ]);
  server = await startServer();
  client = new Client(server);
});
after(async () => {
  await server.close();
  await core.stop();
});

const ask = (query = '', more: Parameters<Client['ask']>[2] = {}) =>
  client.ask('GET /api/v1/opencast/series', `/api/v1/opencast/series${query}`, more);

test('without a core there is no list of series', async () => {
  const answer = await ask();
  assert.deepEqual([answer.status, answer.body.code], [404, 'OPENCAST_MISSING']);
});

test('series of the core, those that match; what goes wrong there is said', async () => {
  const drop = server.station.opencast?.cores.add('core', new HttpOpencast(coreSettings(core.url)));
  assert.deepEqual((await ask('?q=phys')).body, { series: [{ id: 'p1', title: 'Physics I' }] });
  assert.equal((await ask()).body.series.length, 2);
  assert.equal((await ask('', { role: 'viewer' })).status, 403);
  assert.equal((await ask(`?q=${'x'.repeat(201)}`)).body.field, 'q');
  await core.control('fault', { path: 'series', status: 403, times: -1 });
  const forbidden = await ask();
  assert.deepEqual([forbidden.status, forbidden.body.code], [502, 'OPENCAST_FORBIDDEN']);
  await core.control('clear_faults');
  await core.control('fault', { path: '/api/series', status: 500, times: 1 });
  assert.deepEqual((await ask()).body.code, 'OPENCAST_STATUS');
  drop?.();
});
