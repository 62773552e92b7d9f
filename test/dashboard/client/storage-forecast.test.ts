import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelJson } from '../../../dashboard/client/archive-types.ts';
import { forecast } from '../../../dashboard/client/storage-forecast.ts';

const dayMs = 86_400_000;
const gigabyte = 1e9;

/** A day of chunks of five minutes, 10 GB of them, kept for a week. */
const channel = (more: Partial<ChannelJson> = {}): ChannelJson => ({
  ...{ name: 'news', sourceUrls: [], sourceKind: 'auto', chunkMs: 300_000, isEnabled: true, requiredKinds: [] },
  ...{ retentionMs: 7 * dayMs, storeId: 'folder', isHlsEncrypted: false },
  archive: { chunkCount: 288, partialCount: 0, sizeBytes: 10 * gigabyte },
  ...more,
});

test('what it takes, what it will take, and how long the disk lasts', () => {
  const { usedBytes, rows, shortage } = forecast([channel(), channel({ name: 'sport' })], 40 * gigabyte);
  assert.equal(usedBytes, 20 * gigabyte);
  assert.deepEqual(
    rows.map(({ rate, full }) => [rate, full]),
    [
      [10 * gigabyte, 70 * gigabyte],
      [10 * gigabyte, 70 * gigabyte],
    ],
  );
  assert.deepEqual(shortage, { neededBytes: 120 * gigabyte, fullInMs: 2 * dayMs });
});

test('a disk that will do is no shortage; one that is not known, neither', () => {
  assert.equal(forecast([channel()], 60 * gigabyte).shortage, undefined);
  assert.equal(forecast([channel()], undefined).shortage, undefined);
  const limited = channel({ retentionBytes: 12 * gigabyte });
  assert.equal(forecast([limited], 3 * gigabyte).shortage, undefined);
});

test('what lies in an object store, or is switched off, needs no disk', () => {
  const others = [channel({ storeId: 'abc' }), channel({ isEnabled: false })];
  assert.equal(forecast(others, gigabyte).shortage, undefined);
  assert.deepEqual(forecast([...others, channel()], gigabyte).shortage, {
    neededBytes: 60 * gigabyte,
    fullInMs: 0.1 * dayMs,
  });
});
