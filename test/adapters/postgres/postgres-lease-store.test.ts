import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PostgresLeaseStore } from '../../../nodes/adapters/postgres/postgres-lease-store.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { until } from '../../fixtures/until.ts';

let postgres: Postgres;
let url: string;
const stores: PostgresLeaseStore[] = [];
const open = () => {
  const store = new PostgresLeaseStore(url);
  stores.push(store);
  return store;
};

before(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase('leases');
});

after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await postgres?.stop();
});

test('two stations that begin at once have each camera once', async () => {
  const [a, b] = [open(), open()];
  const keys = Array.from({ length: 200 }, (_, n) => `rtsp://media/${n}`);
  const [mine, yours] = await Promise.all([a.claim('a', keys, 60_000), b.claim('b', keys.toReversed(), 60_000)]);
  assert.equal(mine.size + yours.size, keys.length);
  assert.ok(keys.every((key) => mine.has(key) !== yours.has(key)));
  // Again: the same.
  assert.deepEqual(await a.claim('a', keys, 60_000), mine);
  await a.release('a', keys);
  await b.release('b', keys);
});

test('a lease is another one’s when its time is over, or it was given back', async () => {
  const [a, b] = [open(), open()];
  assert.deepEqual([...(await a.claim('a', ['x'], 300))], ['x']);
  assert.deepEqual([...(await b.claim('b', ['x'], 300))], []);
  await until(async () => (await b.claim('b', ['x'], 60_000)).has('x'), { what: 'the lease to run out' });
  assert.deepEqual([...(await a.claim('a', ['x'], 60_000))], []);
  await b.release('b', ['x']);
  assert.deepEqual([...(await a.claim('a', ['x'], 60_000))], ['x']);
});

test('the database away is an error without its password, and all is well when it is back', async () => {
  const a = open();
  await a.claim('a', ['y'], 60_000);
  await postgres.goAway();
  await assert.rejects(a.claim('a', ['y'], 60_000), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DATABASE_AWAY');
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
  await postgres.comeBack();
  await until(async () => (await a.claim('a', ['y'], 60_000)).has('y'), { what: 'the lease' });
});
