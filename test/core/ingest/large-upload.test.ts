import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { coreEvent, IngestBench } from '../../fixtures/ingest-bench.ts';
import { type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';

const sizeBytes = 500_000_709;
const mostRounds = 5;
const mostGrowthBytes = 32 * 1024 * 1024;

let core: StandInCore;

before(async () => {
  core = await startOpencastCore();
});
after(() => core.stop());

/** Seconds that the body of each large upload took to arrive, in order. */
async function secondsOfBodies(): Promise<number[]> {
  const large = (await core.requests()).filter(({ path, bytes }) => path === '/ingest/addTrack' && (bytes ?? 0) > 4e8);
  return large.map(({ t, t_body }) => (t_body ?? Number.POSITIVE_INFINITY) - t);
}

/** Resident memory of a process that uploads these recordings one after the other, in bytes, every 50 ms. */
async function uploadInChild(folder: string, ids: string[]): Promise<{ id: string; rss: number }[]> {
  const script = join(import.meta.dirname, '../../fixtures/ingest-child.ts');
  const child = spawn(process.execPath, [script, folder, core.url, ids.join(',')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const memory: { id: string; rss: number }[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line === 'done') break;
    const [id = '', , , rss] = line.split(' ');
    memory.push({ id, rss: Number(rss) });
  }
  child.kill('SIGKILL');
  await exited;
  return memory;
}

async function uploadByCurl(path: string): Promise<void> {
  const fields = ['mediaPackage=<mediapackage id="large-1"/>', 'flavor=presenter/source'];
  const form = [...fields.flatMap((field) => ['--form-string', field]), '-F', `BODY=@${path}`];
  const options = ['-sS', '-o', '/dev/null', '-u', 'admin:opencast'];
  await promisify(execFile)('curl', [...options, ...form, `${core.url}/ingest/addTrack`]);
}

test('A32 500 MB: resident memory grows by less than 32 MB, at least half as fast as curl -F', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ingest-large-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let ratio = 0;
  // Other tests run beside this one: what counts is that it can be as fast.
  for (let round = 1; round <= mostRounds && ratio < 0.5; round += 1) {
    const bench = await IngestBench.open({ url: core.url, folder });
    const warm = await bench.record({ event: coreEvent(`warm-${round}`) });
    const large = await bench.record({ event: coreEvent(`large-${round}`) });
    const path = large.tracks[0]?.path ?? '';
    await truncate(path, sizeBytes);
    await bench.close();

    const memory = await uploadInChild(folder, [warm.id, large.id]);
    const first = memory.findIndex(({ id }) => id === large.id);
    assert.ok(first > 0, 'the upload was long enough to be seen');
    const before = memory[first - 1]?.rss ?? 0;
    const most = Math.max(...memory.slice(first).map(({ rss }) => rss));
    t.diagnostic(`resident memory: ${Math.round(before / 1e6)} MB before, ${Math.round(most / 1e6)} MB at most`);
    assert.ok(most - before < mostGrowthBytes, `${before} to ${most} bytes`);

    await uploadByCurl(path);
    const [ours = Number.NaN, curl = Number.NaN] = (await secondsOfBodies()).slice(-2);
    ratio = curl / ours;
    t.diagnostic(`${Math.round(sizeBytes / ours / 1e6)} MB/s; curl ${Math.round(sizeBytes / curl / 1e6)} MB/s`);
  }
  assert.ok(ratio >= 0.5, `${ratio} of the speed of curl`);
});
