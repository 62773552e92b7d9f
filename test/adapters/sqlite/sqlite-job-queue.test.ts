import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteJobQueue } from '../../../nodes/adapters/sqlite/sqlite-job-queue.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import type { Job } from '../../../nodes/core/jobs/job-queue.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';
import { KeptLog, openFor } from './fixtures/open.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const retry = { maxAttempts: Number.POSITIVE_INFINITY, firstDelayMs: 20, maxDelayMs: 100 };

async function makeQueue(t: TestContext, time = clock) {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const database = openFor(t, path);
  const log = new KeptLog();
  const queue = new SqliteJobQueue(database, { clock: time, log });
  const stop = new AbortController();
  t.after(() => stop.abort());
  return { path, database, log, queue, stop };
}

const stateOf = (queue: SqliteJobQueue, job: Job) => queue.get(job.id)?.state;

test('a job runs once, after add() has returned, with its data', async (t) => {
  const { queue, stop } = await makeQueue(t);
  const seen: unknown[] = [];
  queue.work<{ n: number }>('deliver', { concurrency: 1, retry, stop: stop.signal }, async (job) => {
    seen.push([job.key, job.data.n, job.attempts, job.state]);
  });
  const job = queue.add('deliver', 'a', { n: 7 });
  assert.equal(job.state, 'queued');
  assert.deepEqual(seen, []);
  await until(() => stateOf(queue, job) === 'completed', { what: 'the job' });
  assert.deepEqual(seen, [['a', 7, 1, 'active']]);
});

test('jobs added before the worker, and those of other queues, wait', async (t) => {
  const { queue, stop } = await makeQueue(t);
  const mine = queue.add('deliver', 'a', {});
  const other = queue.add('ingest', 'a', {});
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async () => {});
  await until(() => stateOf(queue, mine) === 'completed', { what: 'the job' });
  assert.equal(stateOf(queue, other), 'queued');
  assert.throws(() => queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async () => {}), {
    code: 'QUEUE_TAKEN',
  });
});

test('at most one unfinished job of a key; after it a new one may come', async (t) => {
  const { queue, stop } = await makeQueue(t);
  const first = queue.add('deliver', 'a', { n: 1 });
  assert.deepEqual(queue.add('deliver', 'a', { n: 2 }), first);
  assert.notEqual(queue.add('deliver', 'b', {}).id, first.id);
  queue.work('deliver', { concurrency: 2, retry, stop: stop.signal }, async () => {});
  await until(() => stateOf(queue, first) === 'completed', { what: 'the first' });
  const second = queue.add('deliver', 'a', { n: 3 });
  assert.notEqual(second.id, first.id);
  assert.equal(queue.find('deliver', 'a')?.id, second.id);
  await until(() => stateOf(queue, second) === 'completed', { what: 'the second' });
  assert.deepEqual(
    queue.list({ queue: 'deliver', states: ['completed'], limit: 1 }).map(({ id }) => id),
    [second.id],
  );
});

test('a rejecting handler is tried again with growing delays until it works', async (t) => {
  const { queue, stop, log } = await makeQueue(t);
  const at: number[] = [];
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async () => {
    at.push(performance.now());
    if (at.length < 4) throw new ReelflowError('TARGET_MISSING', 'the folder is not there');
  });
  const job = queue.add('deliver', 'a', {});
  const retrying = await until(() => queue.list({ states: ['retrying'] })[0], {
    everyMs: 2,
    what: 'the first failure',
  });
  assert.deepEqual(retrying.error, { code: 'TARGET_MISSING', message: 'the folder is not there' });
  await until(() => stateOf(queue, job) === 'completed', { what: 'the job' });
  const [one = 0, two = 0, three = 0, four = 0] = at;
  assert.ok(two - one >= 15 && three - two >= 31 && four - three >= 63, String(at));
  assert.equal(queue.get(job.id)?.attempts, 4);
  assert.equal(queue.get(job.id)?.error, undefined);
  assert.equal(log.lines.filter((line) => line.startsWith('warn')).length, 1);
});

test('attempts run out: failed, with the reason; retry() gives it all of them again', async (t) => {
  const { queue, stop } = await makeQueue(t);
  let works = false;
  const policy = { ...retry, maxAttempts: 2 };
  queue.work('deliver', { concurrency: 1, retry: policy, stop: stop.signal }, async () => {
    if (!works) throw new Error('no');
  });
  const job = queue.add('deliver', 'a', {});
  await until(() => stateOf(queue, job) === 'failed', { what: 'the failure' });
  assert.deepEqual([queue.get(job.id)?.attempts, queue.get(job.id)?.error?.message], [2, 'no']);
  works = true;
  queue.retry(job.id);
  await until(() => stateOf(queue, job) === 'completed', { what: 'the retry' });
  assert.equal(queue.get(job.id)?.attempts, 1);
});

test('retry() makes a waiting job due now', async (t) => {
  const { queue, stop } = await makeQueue(t);
  let runs = 0;
  const policy = { ...retry, firstDelayMs: 3600_000, maxDelayMs: 3600_000 };
  queue.work('deliver', { concurrency: 1, retry: policy, stop: stop.signal }, async () => {
    runs += 1;
    if (runs === 1) throw new Error('not yet');
  });
  const job = queue.add('deliver', 'a', {});
  await until(() => stateOf(queue, job) === 'retrying', { what: 'the failure' });
  queue.retry(job.id);
  await until(() => stateOf(queue, job) === 'completed', { what: 'the retry' });
});

test('cancel() ends a waiting job and aborts a running one; the key is free again', async (t) => {
  const { queue, stop } = await makeQueue(t);
  const reasons: unknown[] = [];
  const leave = Promise.withResolvers<void>();
  const waiting = queue.add('deliver', 'waiting', {});
  queue.cancel(waiting.id);
  let runs = 0;
  queue.work('deliver', { concurrency: 2, retry, stop: stop.signal }, async (_job, abort) => {
    runs += 1;
    if (runs > 1) return;
    await once(abort, 'abort');
    reasons.push((abort.reason as ReelflowError).code);
    await leave.promise;
    throw abort.reason;
  });
  const job = queue.add('deliver', 'a', {});
  await until(() => stateOf(queue, job) === 'active', { what: 'the job to run' });
  queue.cancel(job.id);
  assert.equal(stateOf(queue, job), 'cancelled');
  const next = queue.add('deliver', 'a', {});
  await until(() => reasons.length === 1, { what: 'the abort' });
  await delay(30);
  // Not beside the one that is still leaving: two at once would write the same files.
  assert.equal(stateOf(queue, next), 'queued');
  leave.resolve();
  await until(() => stateOf(queue, next) === 'completed', { what: 'the next job' });
  assert.equal(stateOf(queue, job), 'cancelled');
  assert.equal(stateOf(queue, waiting), 'cancelled');
});

test('no more than `concurrency` run at once', async (t) => {
  const { queue, stop } = await makeQueue(t);
  let now = 0;
  let most = 0;
  queue.work('deliver', { concurrency: 3, retry, stop: stop.signal }, async () => {
    now += 1;
    most = Math.max(most, now);
    await delay(10);
    now -= 1;
  });
  for (let n = 0; n < 12; n += 1) queue.add('deliver', String(n), {});
  await until(() => queue.list({ states: ['completed'] }).length === 12, { what: 'all' });
  assert.equal(most, 3);
});

test('stopping hands a running job back without counting the attempt; the next worker takes it', async (t) => {
  const { queue, stop } = await makeQueue(t);
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async (_job, abort) => {
    await once(abort, 'abort');
    throw abort.reason;
  });
  const job = queue.add('deliver', 'a', {});
  await until(() => stateOf(queue, job) === 'active', { what: 'the job to run' });
  stop.abort();
  await until(() => stateOf(queue, job) === 'retrying', { what: 'the hand-back' });
  assert.equal(queue.get(job.id)?.attempts, 0);
  const again = new AbortController();
  t.after(() => again.abort());
  queue.work('deliver', { concurrency: 1, retry, stop: again.signal }, async () => {});
  await until(() => stateOf(queue, job) === 'completed', { what: 'the job' });
});

test('a job that a killed process was at is run by the next one', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'stuck-job.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await ended;
  const log = new KeptLog();
  const queue = new SqliteJobQueue(openFor(t, path), { clock, log });
  assert.match(log.lines.join('\n'), /1 left unfinished/);
  const stop = new AbortController();
  t.after(() => stop.abort());
  const data: unknown[] = [];
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async (job) => void data.push(job.data));
  await until(() => queue.find('deliver', 'stuck')?.state === 'completed', { what: 'the job' });
  assert.deepEqual(data, [{ path: '/somewhere' }]);
  assert.equal(queue.find('deliver', 'stuck')?.attempts, 2);
});

test('a clock set back by a day does not keep a retry waiting for a day', async (t) => {
  let aheadMs = 24 * 3600_000;
  const { queue, stop } = await makeQueue(t, { ...clock, now: () => Date.now() + aheadMs });
  const first = queue.add('deliver', 'a', {});
  aheadMs = 0;
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async () => {});
  await until(() => stateOf(queue, first) === 'completed', { what: 'the job', timeoutMs: 2000 });
});

test('a database that takes nothing for a while is waited for', async (t) => {
  const { queue, stop, database, log } = await makeQueue(t);
  const release = Promise.withResolvers<void>();
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, () => release.promise);
  const job = queue.add('deliver', 'a', {});
  await until(() => stateOf(queue, job) === 'active', { what: 'the job to run' });
  database.exec('PRAGMA query_only = ON');
  release.resolve();
  await until(() => log.lines.some((line) => line.includes('is not stored yet')), { what: 'the failing write' });
  database.exec('PRAGMA query_only = OFF');
  await until(() => stateOf(queue, job) === 'completed', { what: 'the end to be stored', timeoutMs: 10_000 });
});
