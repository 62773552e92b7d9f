import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PgBossJobQueue } from '../../../nodes/adapters/postgres/pg-boss-job-queue.ts';
import type { ReelflowError } from '../../../nodes/core/errors.ts';
import { testQueueContract } from '../../core/jobs/fixtures/queue-contract.ts';
import { type Postgres, startPostgres } from '../../fixtures/postgres.ts';
import { until } from '../../fixtures/until.ts';
import { KeptLog } from '../sqlite/fixtures/open.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const retry = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 20, maxDelayMs: 100 };

let postgres: Postgres;
let databases = 0;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const makeDatabase = (): Promise<string> => postgres.createDatabase(`jobs${++databases}`, 'p@ss/word');

async function openQueue(t: TestContext, url: string) {
  const log = new KeptLog();
  const troubles: (ReelflowError | undefined)[] = [];
  const onDatabase = (trouble: ReelflowError | undefined): void => void troubles.push(trouble);
  const queue = await PgBossJobQueue.open(url, { clock, log, onDatabase });
  const stop = new AbortController();
  t.after(async () => {
    stop.abort();
    await queue.close();
  });
  return { queue, stop, lines: log.lines, troubles };
}

testQueueContract(async (t) => openQueue(t, await makeDatabase()));

test('two processes share the jobs: each is run once, by one of them', async (t) => {
  const url = await makeDatabase();
  const one = await openQueue(t, url);
  const two = await openQueue(t, url);
  const ran: string[][] = [[], []];
  for (const [index, { queue, stop }] of [one, two].entries()) {
    queue.work('capture', { concurrency: 2, retry, stop: stop.signal }, async ({ key }) => {
      ran[index]?.push(key);
      await delay(20);
    });
  }
  const keys = Array.from({ length: 40 }, (_, n) => `chunk-${n}`);
  await Promise.all(keys.map((key, n) => (n % 2 === 0 ? one : two).queue.add('capture', key, {})));
  const done = () => one.queue.list({ states: ['completed'] });
  await until(async () => (await done()).length === keys.length, { what: 'all jobs' });
  assert.deepEqual(ran.flat().sort(), [...keys].sort());
  assert.ok(
    ran.every((own) => own.length > 0),
    `a share for both: ${ran.map((own) => own.length).join(' and ')}`,
  );
});

test('several that open an empty database at once', async (t) => {
  const url = await makeDatabase();
  const opened = await Promise.all([1, 2, 3, 4].map(() => openQueue(t, url)));
  const jobs = await Promise.all(opened.map(({ queue }) => queue.add('capture', 'a', {})));
  assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
});

test('a job that runs elsewhere hears of its cancellation at once', async (t) => {
  const url = await makeDatabase();
  const station = await openQueue(t, url);
  const worker = await openQueue(t, url);
  const heard = Promise.withResolvers<unknown>();
  worker.queue.work('capture', { concurrency: 1, retry, stop: worker.stop.signal }, async (_job, abort) => {
    await once(abort, 'abort');
    heard.resolve((abort.reason as ReelflowError).code);
    throw abort.reason;
  });
  const job = await station.queue.add('capture', 'a', {});
  await until(async () => (await station.queue.get(job.id))?.state === 'active', { what: 'the job to run' });
  const askedAt = performance.now();
  await station.queue.cancel(job.id);
  assert.equal(await heard.promise, 'JOB_CANCELLED');
  assert.ok(performance.now() - askedAt < 3000, `after ${performance.now() - askedAt} ms`);
  assert.equal((await station.queue.get(job.id))?.state, 'cancelled');
});

test('a database that goes away ends no run; the end of each is stored when it is back', async (t) => {
  const away = await startPostgres();
  t.after(() => away.stop());
  const { queue, stop, lines, troubles } = await openQueue(t, await away.createDatabase('jobs', 'p@ss/word'));
  const release = Promise.withResolvers<void>();
  let isAborted = false;
  queue.work('capture', { concurrency: 2, retry, stop: stop.signal }, async (_job, abort) => {
    await release.promise;
    isAborted = abort.aborted;
  });
  const job = await queue.add('capture', 'a', {});
  await until(async () => (await queue.get(job.id))?.state === 'active', { what: 'the job to run' });
  await away.goAway();
  await until(() => troubles.length === 1, { what: 'the trouble', timeoutMs: 20_000 });
  await assert.rejects(async () => queue.add('capture', 'b', {}), { code: 'DATABASE_UNAVAILABLE', isRetryable: true });
  release.resolve();
  await away.comeBack();
  await until(async () => (await queue.get(job.id).catch(() => undefined))?.state === 'completed', {
    what: 'the end to be stored',
    timeoutMs: 20_000,
  });
  const { attempts } = (await queue.get(job.id)) ?? {};
  await until(() => troubles.at(-1) === undefined, { what: 'the all-clear', timeoutMs: 20_000 });
  assert.deepEqual([isAborted, attempts, troubles[0]?.code], [false, 1, 'DATABASE_UNAVAILABLE']);
  assert.doesNotMatch(lines.join('\n'), /p@ss|p%40ss/);
});

test('when a database is back, those that could give no sign of life have time to give one', async (t) => {
  const away = await startPostgres();
  t.after(() => away.stop());
  const url = await away.createDatabase('jobs', 'p@ss/word');
  const { queue, stop, troubles } = await openQueue(t, url);
  queue.work('capture', { concurrency: 1, retry, stop: stop.signal }, async (_job, abort) => {
    await once(abort, 'abort');
  });
  const own = await queue.add('capture', 'a', {});
  const theirs = await queue.add('elsewhere', 'b', {});
  await until(async () => (await queue.get(own.id))?.state === 'active', { what: 'the job to run' });
  await away.goAway();
  await until(() => troubles.length === 1, { what: 'the trouble', timeoutMs: 20_000 });
  await away.comeBack();
  await until(() => troubles.at(-1) === undefined, { what: 'the all-clear', timeoutMs: 20_000 });
  const silent = `state = 'active', started_on = now(), heartbeat_on = now() - interval '1 hour'`;
  await away.sql(url, `UPDATE reelflow_jobs.job SET ${silent} WHERE id = '${theirs.id}'`);
  const signOfLife = () => away.sql(url, `SELECT heartbeat_on FROM reelflow_jobs.job WHERE id = '${own.id}'`);
  // After each of its own it looks for the dead, unless it has a reason not to: the second tells that the first look is over.
  for (const what of ['a sign of life', 'another one']) {
    const last = await signOfLife();
    await until(async () => (await signOfLife()) !== last, { what, timeoutMs: 20_000, everyMs: 250 });
  }
  assert.equal((await queue.get(theirs.id))?.state, 'active');
});
