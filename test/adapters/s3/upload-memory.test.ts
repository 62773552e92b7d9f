import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { uploadInChild, writeLarge } from '../../fixtures/s3-upload.ts';
import { startSwiftS3 } from '../../fixtures/swift-s3.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** Of each upload. */
const mostGrowthBytes = 120_000_000;

test('NP21 two chunks of 200 MB at once: resident memory grows by less than 120 MB for each', async (t) => {
  const folder = await temporaryFolder(t);
  const swift = await startSwiftS3();
  t.after(() => swift.stop());
  const path = join(folder, 'large');
  await writeLarge(path, 200);
  const { beforeBytes, mostBytes } = await uploadInChild(await swift.createBucket('large'), path, 'chunks', {
    jobs: 2,
  });
  t.diagnostic(
    `resident memory: ${Math.round(beforeBytes / 1e6)} MB before, ${Math.round(mostBytes / 1e6)} MB at most`,
  );
  assert.ok(mostBytes - beforeBytes < 2 * mostGrowthBytes, `${beforeBytes} to ${mostBytes} bytes`);
  // Less than one of the files: they are not held as a whole.
  assert.ok(mostBytes - beforeBytes < 200 * 1024 * 1024, `${beforeBytes} to ${mostBytes} bytes`);
});
