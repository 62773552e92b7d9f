import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listSettings } from '../../fixtures/camera-lists.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

let server: TestServer;
let client: Client;

before(async () => {
  server = await startServer();
  client = new Client(server);
  const { cameraLists } = server.station;
  cameraLists.attach(listSettings({ listId: 'own', name: 'Own', source: { kind: 'own' } }), () => {});
  cameraLists.attach(listSettings({ listId: 'rows', name: 'Rows', source: { kind: 'message' } }), () => {});
  cameraLists.receive('rows', [
    { id: 1, name: 'Table 1', url: 'rtsp://viewer:hunter2@10.0.0.1/s?token=abc', target: 'rtsp://u:hunter2@t/x' },
    { id: 2, name: 'Broken', url: 'hunter2' },
  ]);
});
after(() => server.close());

const all = async () => (await client.ask('GET /api/v1/cameras', undefined, { role: 'viewer' })).body;
const one = 'PATCH /api/v1/cameras/{camera}';

test('cameras of all lists are shown without their secrets, with what is wrong in the lists', async () => {
  const { cameras, lists, makes } = await all();
  assert.deepEqual(cameras, [
    {
      ...{ id: 'rows:1', path: 'Table-1', name: 'Table 1', listId: 'rows', isOwn: false, hasSecret: true },
      address: 'rtsp://10.0.0.1/s?token=***',
      options: { target: 'rtsp://t/x' },
    },
  ]);
  assert.deepEqual(
    lists.map((list: { id: string; problems: { row: string }[] }) => [list.id, list.problems.map(({ row }) => row)]),
    [
      ['own', []],
      ['rows', ['row 2 (Broken)']],
    ],
  );
  assert.ok(makes.includes('hikvision'));
});

test('a camera is entered, found by path and id, changed and removed; its password is never shown', async () => {
  const settings = { name: 'Gate', url: 'rtsp://admin:hunter2@10.0.0.5/main', options: { audio: 'aac' } };
  const added = await client.ask('POST /api/v1/cameras', undefined, { body: settings });
  assert.deepEqual([added.status, added.headers.get('location')], [201, '/api/v1/cameras/Gate']);
  assert.deepEqual([added.body.address, added.body.hasSecret], ['rtsp://10.0.0.5/main', true]);
  const { id } = added.body;
  const byId = await client.ask('GET /api/v1/cameras/{camera}', `/api/v1/cameras/${encodeURIComponent(id)}`);
  assert.deepEqual(byId.body, added.body);
  const changed = await client.ask(one, '/api/v1/cameras/Gate', { body: { name: 'Tor', url: added.body.address } });
  assert.deepEqual([changed.body.id, changed.body.path, changed.body.hasSecret], [id, 'Tor', true]);
  assert.equal(server.station.cameraLists.find('Tor')?.camera.url, 'rtsp://admin:hunter2@10.0.0.5/main');
  const parts = { make: 'dahua', host: '10.0.0.5', port: 554, user: 'admin', password: 'hunter2' };
  const made = await client.ask(one, '/api/v1/cameras/Tor', { body: parts });
  assert.deepEqual(made.body.parts, { make: 'dahua', host: '10.0.0.5', port: 554 });
  assert.doesNotMatch(JSON.stringify([await all(), server.audit.list(100)]), /hunter2/);
  await client.ask('DELETE /api/v1/cameras/{camera}', '/api/v1/cameras/Tor');
  assert.equal(server.station.cameraLists.find('Tor'), undefined);
  await client.refused(404, 'CAMERA_UNKNOWN', 'GET /api/v1/cameras/{camera}', '/api/v1/cameras/Tor');
});

test('what is wrong is refused with the field', async () => {
  const add = 'POST /api/v1/cameras';
  const refused = async (status: number, code: string, field: string, body: object) => {
    const answer = await client.refused(status, code, add, undefined, { body });
    assert.equal(answer.body.field, field);
    assert.doesNotMatch(JSON.stringify(answer.body), /hunter2/);
  };
  await refused(422, 'VALIDATION', 'name', { url: 'rtsp://x/' });
  await refused(422, 'VALIDATION', 'colour', { name: 'a', colour: 'red' });
  await refused(422, 'VALIDATION', 'options.audio', { name: 'a', url: 'rtsp://x/', options: { audio: 'mp3' } });
  await refused(422, 'ROW_INVALID', 'url', { name: 'a', url: 'file:///hunter2' });
  await refused(409, 'CAMERA_NAME_TAKEN', 'name', { name: 'Table-1', url: 'rtsp://x/' });
  await client.refused(409, 'CAMERA_NOT_OWN', one, '/api/v1/cameras/Table-1', { body: { name: 'x' } });
  await client.refused(409, 'CAMERA_NOT_OWN', 'DELETE /api/v1/cameras/{camera}', '/api/v1/cameras/Table-1');
  await client.refused(403, 'FORBIDDEN', add, undefined, { role: 'viewer', body: { name: 'a', url: 'rtsp://x/' } });
});

test('the same over the bus', async () => {
  const caller = { user: 'panel', role: 'operator', via: 'mqtt' } as const;
  const dispatch = (args: object) =>
    server.commands.dispatch({ id: crypto.randomUUID(), verb: 'camera/configure', args }, caller);
  const added = await dispatch({ action: 'add', settings: { name: 'Bus', url: 'rtsp://u:hunter2@10.0.0.7/' } });
  assert.equal(added.ok, true);
  assert.doesNotMatch(JSON.stringify(added), /hunter2/);
  const wrong = await dispatch({ action: 'add', settings: { name: 'Other' } });
  assert.ok(!wrong.ok && wrong.error.field === 'url');
  const missing = await dispatch({ action: 'add', settings: { url: 'rtsp://x/' } });
  assert.ok(!missing.ok && missing.error.field === 'settings.name');
  assert.ok(!(await dispatch({ action: 'change' })).ok);
  assert.ok((await dispatch({ action: 'remove', camera: 'Bus' })).ok);
});
