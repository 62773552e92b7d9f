import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import register from '../../nodes/capture-camera-list/capture-camera-list.ts';
import { cameraListConfig } from '../../nodes/capture-camera-list/config.ts';
import { settingsOf } from '../../nodes/capture-camera-list/settings.ts';
import { statusText } from '../../nodes/capture-camera-list/status.ts';
import registerPostgres from '../../nodes/capture-postgres/capture-postgres.ts';
import type { CameraListView } from '../../nodes/core/camera-list/camera-lists.ts';
import type { CameraMessage } from '../../nodes/core/camera-list/camera-message.ts';
import { DatabaseAddresses } from '../../nodes/core/database-addresses.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { CameraListStand } from '../fixtures/camera-lists.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { until } from '../fixtures/until.ts';

const flowOf = (fields: object): object[] => [
  { id: 'list', type: 'capture-camera-list', version: 1, name: 'Campus', wires: [['cameras'], ['state']], ...fields },
  { id: 'base', type: 'capture-postgres', version: 1, name: 'Cameras' },
  { id: 'cameras', type: 'sink' },
  { id: 'state', type: 'sink' },
];

async function start(context: TestContext, fields: object, options: { env?: string; url?: string } = {}) {
  const stand = new CameraListStand();
  const { clock, service: cameraLists } = stand;
  const databases = new DatabaseAddresses();
  const environment = options.env === undefined ? {} : { cameraDatabase: options.env };
  provideStation({ cameraLists, databases, clock, environment, dataRoot: '/data' } as unknown as Station);
  const credentials = options.url === undefined ? {} : { base: { url: options.url } };
  const runtime = await startNodeRuntime([register as never, registerPostgres as never], flowOf(fields), {
    credentials,
  });
  context.after(() => runtime.stop());
  const told = () =>
    runtime.received('cameras').map(({ topic, payload }) => {
      const { action, camera } = payload as CameraMessage;
      return `${topic as string} ${action} ${camera.id} ${camera.name}`;
    });
  return { stand, clock, runtime, told, databases };
}

test('cameras on the first output, the state of the list on the second, the count as status', async (context) => {
  const file = { source: 'file', path: 'cameras.csv' };
  const { stand, clock, runtime, told } = await start(context, file);
  const source = stand.source('/data/cameras.csv');
  source.rows = [{ name: 'cam1', url: 'rtsp://10.0.0.1/' }, { name: 'cam2' }];
  await clock.pass(1000);
  runtime.node('list').receive({ topic: 'refresh' });
  await until(() => told().length === 1, { what: 'the camera' });
  assert.deepEqual(told(), ['camera add list:cam1 cam1']);
  const states = () => runtime.received('state').map(({ payload }) => payload as { error?: { code: string } });
  assert.deepEqual(states().at(-1), {
    ...{ name: 'Campus', kind: 'file', cameraCount: 1, lastGoodAt: stand.service.list()[0]?.lastGoodAt },
    problems: [{ row: 'row 2 (cam2)', field: 'url', message: 'url: is missing; give the address, or make and host' }],
  });
  await until(() => runtime.statuses('list').at(-1)?.['text'] === '1 camera; 1 row left out', { what: 'the status' });
  const count = states().length;
  await clock.pass(30_000);
  assert.equal(states().length, count, 'what is no news is not told');
  await runtime.deploy(flowOf({ ...file, pollSeconds: 5 }), 'nodes');
  await clock.pass(1000);
  assert.equal(told().length, 2, 'told again after a deploy');
});

test('rows by message; a bad one is an error for Catch nodes, and changes nothing', async (context) => {
  const { runtime, told, clock } = await start(context, { source: 'message' });
  await clock.pass(1000);
  runtime.node('list').receive({ payload: [{ name: 'a', url: 'rtsp://10.0.0.1/' }] });
  runtime.node('list').receive({ payload: { action: 'add', camera: { name: 'b', url: 'rtsp://u:hunter2@:/x y' } } });
  await until(() => runtime.lines('list').some(({ level }) => level === 'error'), { what: 'the error' });
  assert.match(runtime.lines('list').at(-1)?.text ?? '', /url: must be an address that begins with rtsp:\/\//);
  assert.doesNotMatch(JSON.stringify(runtime.lines()), /hunter2/);
  await until(() => told().length === 1, { what: 'the good one' });
});

test('PG_DSN counts more than the address of the node, which counts more than nothing', async (context) => {
  const database = { source: 'database', database: 'base' };
  const url = 'postgresql://u:hunter2@form/db';
  const settings = (source: object, env?: string, databases = new DatabaseAddresses()) => {
    const config = cameraListConfig.parse(source);
    const environment = (env === undefined ? {} : { cameraDatabase: env }) as Station['environment'];
    return settingsOf({ id: 'list', name: 'L', config }, { databases, environment, dataRoot: '/data' }).source;
  };
  const { databases } = await start(context, database, { url });
  assert.deepEqual(settings(database, undefined, databases), {
    kind: 'database',
    url,
    table: 'cameras',
    channel: 'cameras',
  });
  assert.throws(() => settings({ source: 'database' }), { code: 'DATABASE_MISSING', field: 'database' });
  assert.deepEqual(settings({}), { kind: 'own' });
  assert.equal((settings({}, 'postgresql://env/db') as { url: string }).url, 'postgresql://env/db');
  assert.throws(() => settings({ source: 'file' }), { code: 'FILE_MISSING', field: 'path' });
});

test('PG_DSN also where the node has an address of its own', async (context) => {
  const { databases } = await start(context, {}, { env: 'postgresql://env/db', url: 'postgresql://form/db' });
  assert.equal(databases.get('base'), 'postgresql://env/db');
});

test('an address that is none is refused without being shown', async (context) => {
  const { runtime, databases } = await start(context, {}, { url: 'mysql://u:hunter2@db' });
  assert.equal(databases.get('base'), undefined);
  assert.match(runtime.lines('base').at(-1)?.text ?? '', /must be an address such as postgresql:/);
  assert.doesNotMatch(JSON.stringify(runtime.lines()), /hunter2/);
});

test('the status in every case', () => {
  const view = (more: Partial<CameraListView>): CameraListView => ({
    ...{ listId: 'l', name: 'L', kind: 'database', cameras: [], problems: [], ...more },
  });
  const cameras = [{ id: 'l:1', name: 'a', url: 'rtsp://x/', options: {} }];
  const lastError = { code: 'X', message: 'the database db:5432: refuses connections', at: 5 };
  const texts = [
    view({}),
    view({ lastError }),
    view({ lastGoodAt: 0 }),
    view({ lastGoodAt: 0, cameras }),
    view({ lastGoodAt: 0, cameras, lastError }),
  ].map((one) => Object.values(statusText(one, 600_000)).join(' '));
  assert.deepEqual(texts, [
    'grey ring waiting for cameras',
    'red ring the database db:5432: refuses connections',
    'grey dot 0 cameras',
    'green dot 1 camera',
    'yellow ring 1 camera as of 10 min ago: the database db:5432: refuses connections',
  ]);
});
