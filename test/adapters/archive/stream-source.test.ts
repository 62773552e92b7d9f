import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ArchiveBench } from '../../core/archive/fixtures/archive-bench.ts';
import { endProcessesOf, processesOf } from '../../fixtures/child-processes.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { type RtspCamera, startRtspCamera } from '../../fixtures/rtsp-camera.ts';
import { until } from '../../fixtures/until.ts';

let camera: RtspCamera;
let folder: string;
let bench: ArchiveBench;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-stream-'));
  camera = await startRtspCamera({ size: '160x120', login: 'viewer:hidden-word', groupOfPictures: 25 });
  bench = await new ArchiveBench(folder).boot();
});

after(async () => {
  await bench?.shut();
  await endProcessesOf(folder);
  await camera?.stop();
  await rm(folder, { recursive: true, force: true });
});

const holes = async () => (await bench.complete('cam')).flatMap((chunk) => chunk.holes);

test('an RTSP camera is cut into segments and archived; its password is in no command line', async () => {
  await bench.archive.putChannel('cam', { sourceUrls: [camera.url()], chunkMs: 6000, retentionMs: 3600_000 });
  const chunk = (await bench.stored('cam', 2))[1];
  assert.deepEqual(chunk?.kinds, ['video', 'audio']);
  assert.deepEqual(chunk?.holes, []);
  const [pid] = processesOf(folder);
  assert.ok(pid, 'FFmpeg runs');
  assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /hidden-word/);
  assert.doesNotMatch(bench.lines.join('\n'), /hidden-word/);
});

test('a restart finds the process again: nothing is missing', async () => {
  const before = processesOf(folder);
  await bench.shut();
  assert.deepEqual(processesOf(folder), before);
  await bench.boot();
  const count = (await bench.complete('cam')).length;
  await bench.stored('cam', count + 2);
  assert.deepEqual(processesOf(folder), before);
  assert.deepEqual(
    (await holes()).filter(({ code }) => code !== 'BEFORE_WINDOW'),
    [],
  );
});

test('a camera that goes away is said to be away, and goes on when it is back', async () => {
  await camera.control('off');
  const { trouble } = await until(
    async () => {
      const view = await bench.archive.channel('cam');
      return view.trouble && view;
    },
    { timeoutMs: 60_000, what: 'the trouble' },
  );
  assert.equal(trouble?.code, 'SOURCE_UNREACHABLE');
  assert.doesNotMatch(trouble?.message ?? '', /hidden-word/);
  await camera.control('on');
  const backAt = Date.now();
  const after = await until(
    async () => (await bench.complete('cam')).find(({ startMs, isPartial }) => startMs > backAt && !isPartial),
    { timeoutMs: 90_000, what: 'a whole chunk again' },
  );
  assert.deepEqual(after.kinds, ['video', 'audio']);
  assert.ok((await holes()).some(({ code }) => code === 'SOURCE_SILENT'));
});

const senders = {
  udp: { format: 'mpegts', to: (port: number) => `udp://127.0.0.1:${port}?pkt_size=1316`, container: 'ts' },
  srt: { format: 'mpegts', to: (port: number) => `srt://127.0.0.1:${port}?mode=listener`, container: 'ts' },
  rtmp: { format: 'flv', to: (port: number) => `rtmp://127.0.0.1:${port}/live/hidden-word`, container: 'fmp4' },
} as const;

// Each waits for a source that runs in real time.
describe('streams that others send', { concurrency: 3 }, () => {
  for (const [name, { format, to, container }] of Object.entries(senders)) {
    test(`${name}: stored as it comes, ${container}`, async (t) => {
      const port = await freePort();
      const input = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25', '-re', '-f', 'lavfi', '-i', 'sine'];
      const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
      const target = ['-f', format, ...(name === 'rtmp' ? ['-listen', '1'] : []), to(port)];
      const sender = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...encode, ...target], { stdio: 'ignore' });
      t.after(() => sender.kill('SIGKILL'));
      const [address = ''] = to(port).split('?');
      await bench.archive.putChannel(name, { sourceUrls: [address], chunkMs: 6000 });
      const chunk = (await bench.stored(name, 2))[1];
      assert.equal(chunk?.objects[0]?.container, container);
      assert.deepEqual([chunk?.kinds, chunk?.holes], [['video', 'audio'], []]);
      assert.doesNotMatch(bench.lines.join('\n'), /hidden-word/);
      await bench.archive.removeChannel(name);
    });
  }
});

test('a channel that is switched off leaves no process and no segments behind', async () => {
  await bench.archive.putChannel('cam', { isEnabled: false });
  await until(() => processesOf(folder).length === 0, { timeoutMs: 30_000, what: 'FFmpeg to end' });
  // As soon as it is switched on again, it goes on.
  const count = (await bench.complete('cam')).length;
  await bench.archive.putChannel('cam', { isEnabled: true });
  await bench.stored('cam', count + 1);
  await bench.archive.removeChannel('cam');
  await until(() => processesOf(folder).length === 0, { timeoutMs: 30_000, what: 'FFmpeg to end' });
});
