import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PostgresCameras } from '../../../nodes/adapters/camera-list/postgres-cameras.ts';
import type { CameraSourceSettings } from '../../../nodes/core/camera-list/camera-source.ts';
import { quietLog } from '../../fixtures/camera-lists.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { until } from '../../fixtures/until.ts';

type Settings = Extract<CameraSourceSettings, { kind: 'database' }>;

let postgres: Postgres;
let url: string;
before(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase('cameras', 'hunter2');
  await postgres.sql(
    url,
    'create table cameras(id serial primary key, name text, url text)',
    "insert into cameras(name, url) select 'cam' || n, 'rtsp://10.0.0.' || n || '/' from generate_series(1, 12) n",
  );
});
after(() => postgres.stop());

async function using(settings: Partial<Settings>, run: (cameras: PostgresCameras) => Promise<void>): Promise<void> {
  const cameras = new PostgresCameras({ kind: 'database', url, table: 'cameras', ...settings }, quietLog, {
    timeoutMs: 2000,
  });
  try {
    await run(cameras);
  } finally {
    cameras.close();
  }
}
const names = async (cameras: PostgresCameras) => (await cameras.read()).map((row) => row['name']);

test('a table in the order of its ids, however it lies on the disk', () =>
  using({}, async (cameras) => {
    await postgres.sql(url, "update cameras set url = url || 'x' where id = 1");
    assert.deepEqual((await names(cameras)).slice(0, 3), ['cam1', 'cam2', 'cam3']);
    assert.equal((await names(cameras)).length, 12);
  }));

test('a query of any kind, which can only read', async () => {
  await using(
    { query: 'with c as (select * from cameras) select name from c where id < 3 order by id desc;' },
    async (c) => assert.deepEqual(await names(c), ['cam2', 'cam1']),
  );
  await using({ query: 'delete from cameras returning name' }, (cameras) =>
    assert.rejects(() => cameras.read(), { code: 'CAMERA_TABLE' }),
  );
  await using({ query: 'with d as (delete from cameras returning name) select * from d' }, (cameras) =>
    assert.rejects(() => cameras.read(), /WITH clause containing a data-modifying|read-only/),
  );
  assert.equal(await postgres.sql(url, 'select count(*) from cameras'), '12');
});

test('NOTIFY is heard, and so is the end of the connection', () =>
  using({ channel: 'Cameras' }, async (cameras) => {
    let changes = 0;
    cameras.watch(() => changes++);
    await cameras.read();
    await postgres.sql(url, 'notify "Cameras"');
    await until(() => changes === 1, { what: 'the notice' });
    await postgres.sql(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reelflow'",
    );
    await until(() => changes === 2, { what: 'the end to be noticed' });
    await cameras.read();
    await postgres.sql(url, 'notify "Cameras"');
    await until(() => changes === 3, { what: 'the notice on the new connection' });
  }));

test('what is wrong is said in words, and never the password', async () => {
  const refused = (settings: Partial<Settings>, code: string, message: RegExp) =>
    using(settings, (cameras) =>
      assert.rejects(cameras.read(), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      }),
    );
  await refused({ table: 'nothing.here' }, 'CAMERA_TABLE', /"nothing.here" does not exist/);
  await refused({ url: url.replace('hunter2', 'hunter22') }, 'CAMERA_DATABASE_LOGIN', /password authentication failed/);
  await refused({ url: `${url}x` }, 'CAMERA_DATABASE_LOGIN', /"camerasx" does not exist/);
  const nobody = url.replace(/:\d+\//, ':1/');
  await refused({ url: nobody }, 'CAMERA_DATABASE_AWAY', /127\.0\.0\.1:1: refuses connections/);
});

test('a database that is away or silent fails a reading, and works again when it is back', () =>
  using({}, async (cameras) => {
    await cameras.read();
    await postgres.goAway();
    await assert.rejects(() => cameras.read(), { code: 'CAMERA_DATABASE_AWAY' });
    await postgres.comeBack();
    assert.equal((await cameras.read()).length, 12);
    postgres.freeze();
    await assert.rejects(() => cameras.read(), { code: 'CAMERA_DATABASE_AWAY', message: /timeout/ });
    postgres.thaw();
    assert.equal((await cameras.read()).length, 12);
  }));
