import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { SqliteJobQueue } from '../../../nodes/adapters/sqlite/sqlite-job-queue.ts';
import type { Job } from '../../../nodes/core/jobs/job-queue.ts';
import { testQueueContract } from '../../core/jobs/fixtures/queue-contract.ts';
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

testQueueContract(async (t) => {
  const { queue, log, stop } = await makeQueue(t);
  return { queue, stop, lines: log.lines };
});

test('a job is on the disk when add() returns, and runs only after that', async (t) => {
  const { queue, stop, path } = await makeQueue(t);
  const seen: string[] = [];
  queue.work('deliver', { concurrency: 1, retry, stop: stop.signal }, async ({ key }) => void seen.push(key));
  const job = queue.add('deliver', 'a', {});
  const other = new DatabaseSync(path, { readOnly: true });
  assert.equal(other.prepare('SELECT state FROM jobs WHERE id = ?').get(job.id)?.['state'], 'queued');
  other.close();
  assert.deepEqual(seen, []);
  await until(() => stateOf(queue, job) === 'completed', { what: 'the job' });
  assert.deepEqual(seen, ['a']);
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
