import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { probe, probeFile } from '../../../nodes/adapters/ffmpeg/ffprobe.ts';
import { ffmpeg, pattern } from '../../fixtures/tools/media.ts';

test('tracks, codecs and duration of a file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reelflow-probe-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'a:b c.mp4');
  await ffmpeg(...pattern(2), '-c:v', 'libx264', '-c:a', 'aac', path);
  assert.deepEqual(await probeFile(path), {
    format: 'mov,mp4,m4a,3gp,3g2,mj2',
    durationMs: 2000,
    tracks: [
      { kind: 'video', codec: 'h264', width: 320, height: 180, framesPerSecond: 25, hasReordering: true },
      { kind: 'audio', codec: 'aac', sampleRate: 48_000, channels: 1 },
    ],
  });
  const text = join(folder, 'text.mp4');
  await writeFile(text, 'no movie');
  await assert.rejects(probeFile(text), { code: 'PROBE_FAILED', isRetryable: true });
  await assert.rejects(probeFile(join(folder, 'missing')), /No such file/);
});

test('a source that is silent is given up, and no password is in the reason', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const url = `rtsp://admin:hunter2@127.0.0.1:${address.port}/`;
  await assert.rejects(probe({ argv: ['-rtsp_transport', 'tcp', '-i', url] }, { timeoutMs: 500 }), {
    code: 'PROBE_TIMEOUT',
  });
  await assert.rejects(probe({ argv: ['-i', 'rtsp://admin:hunter2@127.0.0.1:1/'] }), (error: Error) => {
    assert.match(error.message, /refused/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
  await assert.rejects(probe({ argv: [] }, { toolPath: '/no/such/ffprobe' }), { code: 'TOOL_MISSING' });
});
