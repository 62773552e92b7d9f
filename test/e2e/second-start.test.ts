import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startStation } from '../fixtures/station.ts';

test('a second Reelflow on the same data folder ends with one clear line and touches nothing', async (t) => {
  const dataRoot = await mkdtemp(join(tmpdir(), 'second-'));
  t.after(() => rm(dataRoot, { recursive: true, force: true, maxRetries: 5 }));
  const first = await startStation({ dataRoot });
  try {
    await assert.rejects(startStation({ dataRoot }), (error: Error) => {
      assert.match(error.message, /Reelflow cannot start: REELFLOW_DATA=.* is in use by another Reelflow/);
      return true;
    });
    assert.equal((await fetch(`${first.url}/health`)).status, 200);
  } finally {
    await first.stop();
  }
});
