import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { addArchiveMetrics } from '../../../nodes/plugin-health/archive-metrics.ts';
import { better, clock, missing, scriptedArchive, stored } from '../../core/archive/fixtures/scripted-archive.ts';

test('Prometheus: counted by channel, and what is stored; nothing while there is no archive', async () => {
  const { door, open, say } = scriptedArchive();
  const registry = new Registry();
  addArchiveMetrics(door, clock, registry);
  assert.doesNotMatch(await registry.metrics(), /^reelflow_/m);
  open();
  say({ kind: 'chunk', chunk: stored });
  say({ kind: 'chunk', chunk: better, before: stored });
  say({ kind: 'chunk', chunk: missing });
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('reelflow_'));
  assert.deepEqual(lines.sort(), [
    'reelflow_channel_archived_until_seconds{channel="news.1"} 1795255200',
    'reelflow_channel_bytes{channel="news.1"} 700',
    'reelflow_channel_chunks{channel="news.1"} 7',
    'reelflow_channel_partial_chunks{channel="news.1"} 1',
    'reelflow_channel_source_up{channel="news.1"} 1',
    'reelflow_chunk_bytes_total{channel="news.1"} 220',
    'reelflow_chunks_missing_total{channel="news.1",code="SOURCE_AWAY"} 1',
    'reelflow_chunks_stored_total{channel="news.1",partial="false"} 1',
    'reelflow_chunks_stored_total{channel="news.1",partial="true"} 1',
  ]);
});
