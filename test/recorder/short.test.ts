import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRealRecorder, testCamera } from '../fixtures/real-recorder.ts';
import { until } from '../fixtures/until.ts';

const caller = { user: 'test', role: 'admin', via: 'http' } as const;

test('the shortest manual recording has its whole second, though the camera takes as long to start', async () => {
  const recorder = await startRealRecorder([testCamera('hall')]);
  try {
    const { id } = recorder.service.start(undefined, { durationMs: 1000 }, caller);
    const recording = await recorder.finished(id, 20_000);
    assert.equal(recording.state, 'recorded', recording.error?.message);
    assert.ok((recording.tracks[0]?.durationMs ?? 0) >= 1000, `${recording.tracks[0]?.durationMs} ms`);
  } finally {
    await recorder.stop();
  }
});

test('stopped at once: over within seconds, no tool runs on, no capture is left', async () => {
  const recorder = await startRealRecorder([testCamera('hall')]);
  try {
    const { id } = recorder.service.start(undefined, { durationMs: 60_000 }, caller);
    recorder.service.stop(id, caller);
    const recording = await recorder.finished(id, 10_000);
    assert.ok(recording.state === 'failed' || recording.state === 'recorded', recording.state);
    await until(() => recorder.store.listCaptures().length === 0, { timeoutMs: 10_000, what: 'no capture' });
  } finally {
    await recorder.stop();
  }
});
