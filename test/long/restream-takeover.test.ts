import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../fixtures/postgres.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { until } from '../fixtures/until.ts';
import { startRestreamStation } from '../restream/fixtures/restream-station.ts';

test('two stations share a database: each camera is sent once; the database away disturbs nothing; a dead one is followed', async (t) => {
  const [postgres, cameras] = await Promise.all([startPostgres(), startRtspCamera({ cameras: 2, size: '320x240' })]);
  t.after(() => Promise.all([postgres.stop(), cameras.stop()]));
  const env = {
    PG_DSN: await postgres.createDatabase('cameras'),
    REELFLOW_MEDIA_SERVER: cameras.restreamUrl('').replace(/\/$/, ''),
  };
  const first = await startRestreamStation({ env });
  t.after(() => first.stop());
  const second = await startRestreamStation({ env });
  t.after(() => second.stop());
  await first.send('add', 'cam1', cameras.url(1));
  await first.waitLive('cam1', 60_000);
  await second.send('add', 'cam2', cameras.url(2));
  await second.waitLive('cam2', 60_000);
  await first.send('add', 'cam2', cameras.url(2));
  await second.send('add', 'cam1', cameras.url(1));
  await second.waitFor('cam1', 'to be elsewhere', ({ reason }) => reason?.class === 'elsewhere');
  await first.waitFor('cam2', 'to be elsewhere', ({ reason }) => reason?.class === 'elsewhere');
  const [tools, others] = [first.tools(), second.tools()];
  assert.deepEqual([[...tools.keys()], [...others.keys()]], [['cam1'], ['cam2']]);

  // RS12: away for longer than a lease lasts.
  await postgres.goAway();
  const health = async () => JSON.stringify(await (await first.api('/health')).json());
  await until(async () => (await health()).includes('LEASES_AWAY'), { timeoutMs: 40_000, what: 'a note in /health' });
  const awayAt = performance.now();
  await until(() => performance.now() - awayAt > 20_000, { timeoutMs: 30_000, what: 'a lease to run out' });
  assert.deepEqual([first.tools(), second.tools()], [tools, others]);
  await postgres.comeBack();
  await until(async () => !(await health()).includes('LEASES_AWAY'), { timeoutMs: 40_000, what: 'the note to go' });
  assert.deepEqual([first.tools(), second.tools()], [tools, others]);

  await first.kill9();
  const diedAt = performance.now();
  await second.waitLive('cam1', 60_000);
  const passedMs = performance.now() - diedAt;
  // 30 s on a machine that has nothing else to do.
  assert.ok(passedMs < 45_000, `taken over after ${passedMs} ms`);
  assert.equal(first.tools().size, 0);
});
