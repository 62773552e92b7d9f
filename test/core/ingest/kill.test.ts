import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { coreEvent, IngestBench, ingestSteps } from '../../fixtures/ingest-bench.ts';
import { type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { until } from '../../fixtures/until.ts';

let core: StandInCore;
let seen = 0;

before(async () => {
  core = await startOpencastCore();
});
after(() => core.stop());
beforeEach(async () => {
  await core.control('clear_faults');
  seen = (await core.requests()).length;
});

/** Uploads in a process of its own until `isFar`, and kills that with SIGKILL. */
async function uploadAndKill(
  t: TestContext,
  options: { uid: string; rate: number; isFar: (line: string) => boolean | Promise<boolean> },
): Promise<{ folder: string; id: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ingest-kill-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const bench = await IngestBench.open({ url: core.url, folder });
  const { id } = await bench.record(
    { event: coreEvent(options.uid) },
    {
      camera: { flavor: 'presenter/source', sizeBytes: 100_000 },
      screen: { flavor: 'presentation/source', sizeBytes: 1_000_000 },
    },
  );
  await bench.close();
  const script = join(import.meta.dirname, '../../fixtures/ingest-child.ts');
  const child = spawn(process.execPath, [script, folder, core.url, id, String(options.rate)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    last = text.trim().split('\n').at(-1) ?? last;
  });
  try {
    await until(() => options.isFar(last), {
      everyMs: 20,
      timeoutMs: 20_000,
      what: `the upload to be far enough: ${last}`,
    });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
  return { folder, id };
}

test('kill -9 in mid upload: the next run goes on with the file that was cut, and ingests once', async (t) => {
  const { folder, id } = await uploadAndKill(t, {
    uid: 'killed',
    rate: 300_000,
    isFar: (line) => / uploading (2|3|4)\d{5} /.test(line),
  });
  const bench = await IngestBench.open({ url: core.url, folder });
  try {
    assert.equal(bench.recording(id).state, 'delivering');
    await bench.whenDelivered(id);
    const log = (await core.requests()).slice(seen);
    assert.deepEqual(ingestSteps(log.filter(({ status }) => status === 200)), [
      'createMediaPackageWithID',
      'addTrack',
      'addTrack',
      'ingest',
    ]);
    const flavors = log
      .filter(({ path, status }) => path === '/ingest/addTrack' && status === 200)
      .map(({ fields }) => fields?.find(({ name }) => name === 'flavor')?.value);
    assert.deepEqual(flavors, ['presenter/source', 'presentation/source']);
    assert.equal((await core.state()).ingested.filter(({ mp }) => mp === 'killed').length, 1);
  } finally {
    await bench.close();
  }
});

test('kill -9 while the core takes the last request: refused the second time, so it was accepted once', async (t) => {
  await core.control('fault', { path: '/ingest/ingest', delay: 1, times: 1 });
  await core.control('fault', {
    path: '/ingest/ingest',
    status: 500,
    body: 'already has an active workflow',
    times: -1,
  });
  const { folder, id } = await uploadAndKill(t, {
    uid: 'killed-late',
    rate: 0,
    isFar: (line) => line.includes(' ingesting '),
  });
  await until(async () => (await core.state()).ingested.some(({ mp }) => mp === 'killed-late'), {
    what: 'the core to take it',
  });
  const bench = await IngestBench.open({ url: core.url, folder });
  try {
    const done = await bench.whenDelivered(id);
    assert.equal(done.state, 'delivered');
    assert.equal((await core.state()).ingested.filter(({ mp }) => mp === 'killed-late').length, 1);
    assert.equal(ingestSteps((await core.requests()).slice(seen)).filter((step) => step === 'addTrack').length, 2);
  } finally {
    await bench.close();
  }
});

test('a restart in backup mode, or being given it again, does not count as asking for the upload', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ingest-hold-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const first = await IngestBench.open({ url: core.url, folder, settings: { isOnHold: true } });
  const { id } = await first.record({ event: coreEvent('held') });
  first.service.accept('ingest-1', id);
  await until(() => first.recording(id).isOnHold, { what: 'the hold' });
  await first.close();
  const second = await IngestBench.open({ url: core.url, folder, settings: { isOnHold: true } });
  try {
    // The recorder may hand it over again.
    second.service.accept('ingest-1', id);
    await until(() => second.service.progress().some(({ state }) => state === 'held'), { what: 'the second hold' });
    assert.deepEqual(ingestSteps((await core.requests()).slice(seen)), []);
    second.service.upload(id);
    await second.whenDelivered(id);
  } finally {
    await second.close();
  }
});
