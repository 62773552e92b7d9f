import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { largeBytes, recordLarge, secondsOfBodies, uploadByCurl, uploadInChild } from '../fixtures/large-upload.ts';
import { startOpencastCore } from '../fixtures/opencast-core.ts';

const mostRounds = 8;

/** Not in the quick suite: on two cores that other tests keep busy it would measure those. */
test('A32 500 MB: at least half as fast as curl -F of the same file in the same run', async (t) => {
  const core = await startOpencastCore();
  t.after(() => core.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ingest-speed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let ratio = 0;
  for (let round = 1; round <= mostRounds && ratio < 0.5; round += 1) {
    const { warm, large, path } = await recordLarge(core, folder, String(round));
    await uploadInChild(core, folder, [warm, large]);
    await uploadByCurl(core, path);
    const [ours = Number.NaN, curl = Number.NaN] = (await secondsOfBodies(core)).slice(-2);
    ratio = curl / ours;
    t.diagnostic(`${Math.round(largeBytes / ours / 1e6)} MB/s; curl ${Math.round(largeBytes / curl / 1e6)} MB/s`);
  }
  assert.ok(ratio >= 0.5, `${ratio} of the speed of curl`);
});
