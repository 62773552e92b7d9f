import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordLarge, secondsOfBodies, uploadInChild } from '../../fixtures/large-upload.ts';
import { startOpencastCore } from '../../fixtures/opencast-core.ts';

const mostGrowthBytes = 32 * 1024 * 1024;

test('A32 500 MB: resident memory grows by less than 32 MB', async (t) => {
  const core = await startOpencastCore();
  t.after(() => core.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ingest-large-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { warm, large } = await recordLarge(core, folder, '1');
  const memory = await uploadInChild(core, folder, [warm, large]);
  const first = memory.findIndex(({ id }) => id === large);
  assert.ok(first > 0, 'the upload was long enough to be seen');
  const before = memory[first - 1]?.rss ?? 0;
  const most = Math.max(...memory.slice(first).map(({ rss }) => rss));
  t.diagnostic(`resident memory: ${Math.round(before / 1e6)} MB before, ${Math.round(most / 1e6)} MB at most`);
  assert.equal((await secondsOfBodies(core)).length, 1);
  assert.ok(most - before < mostGrowthBytes, `${before} to ${most} bytes`);
});
