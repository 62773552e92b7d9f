import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { FfmpegDecoder } from '../../../nodes/adapters/archive/ffmpeg-decoder.ts';

const abort = new AbortController().signal;
const seconds = 4;
const framesPerSecond = 25;
let folder: string;
const media = new Map<string, Buffer>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-decoder-'));
  const picture = ['-f', 'lavfi', '-i', `testsrc2=s=160x90:r=${framesPerSecond}`];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', '-t', String(seconds)];
  const fragments = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
  for (const [name, ...container] of [['fmp4.mp4', ...fragments], ['ts.ts']] as const) {
    const path = join(folder, name);
    await execa('ffmpeg', ['-v', 'error', ...picture, '-f', 'lavfi', '-i', 'sine', ...coding, ...container, path]);
    media.set(name.split('.')[0] ?? '', await readFile(path));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
}

const decode = (bytes: Buffer, container: 'fmp4' | 'ts') => new FfmpegDecoder().decode(pieces(bytes), container, abort);

for (const container of ['fmp4', 'ts'] as const) {
  test(`${container}: what is whole decodes without a complaint`, async () => {
    const { frameCount, faults } = await decode(media.get(container) ?? Buffer.alloc(0), container);
    assert.deepEqual(faults, []);
    assert.ok(frameCount > seconds * framesPerSecond, `${frameCount} frames of picture and sound`);
  });

  test(`${container}: damage in the third second is found there`, async () => {
    const bytes = Buffer.from(media.get(container) ?? '');
    const from = Math.floor(bytes.length * 0.6);
    // Bytes that keep TS packets in step (188), and are wrong all the same.
    for (let at = from; at < from + bytes.length / 20; at++) if (at % 188 > 20) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
    const { faults } = await decode(bytes, container);
    assert.ok(faults.length > 0);
    const at = faults.map(({ atMs }) => atMs);
    assert.ok(Math.min(...at) >= 1500 && Math.max(...at) <= 3500, `at ${at.join(', ')}`);
    assert.ok(faults.every(({ message }) => !/0x[0-9a-f]{6}/.test(message)));
  });
}

test('sound alone: damage in the third second is found there', async () => {
  const path = join(folder, 'sound.ts');
  const sound = ['-f', 'lavfi', '-i', 'anoisesrc=d=4:seed=7', '-c:a', 'aac', '-b:a', '128k'];
  await execa('ffmpeg', ['-v', 'error', ...sound, path]);
  const bytes = await readFile(path);
  const from = Math.floor(bytes.length * 0.6);
  for (let at = from; at < from + bytes.length / 20; at++) if (at % 188 > 20) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
  const { faults } = await decode(bytes, 'ts');
  const at = faults.map(({ atMs }) => atMs);
  assert.ok(at.length > 0 && Math.min(...at) >= 1500 && Math.max(...at) <= 3500, `at ${at.join(', ')}`);
});

test('a tool that somebody ends says nothing of what was decoded: it is tried again', async () => {
  const endless = (async function* () {
    const bytes = media.get('ts') ?? Buffer.alloc(0);
    yield bytes;
    const [child] = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(child), 'SIGKILL');
    yield* Array.from({ length: 1000 }, () => bytes);
  })();
  await assert.rejects(new FfmpegDecoder().decode(endless, 'ts', abort), { code: 'DECODER_FAILED', isRetryable: true });
});

test('what is no media at all has no frame', async () => {
  const { frameCount, faults } = await decode(Buffer.from('<html>maintenance</html>'.repeat(1000)), 'fmp4');
  assert.equal(frameCount, 0);
  assert.ok(faults.length > 0);
});

test('a read that fails is told as such; the tool ends', async () => {
  const broken = (async function* () {
    yield (media.get('fmp4') ?? Buffer.alloc(0)).subarray(0, 9000);
    throw new Error('the store went away');
  })();
  await assert.rejects(new FfmpegDecoder().decode(broken, 'fmp4', abort), /the store went away/);
});

test('cancelled: it ends at once, with the reason', async () => {
  const cancel = new AbortController();
  const endless = (async function* () {
    const bytes = media.get('ts') ?? Buffer.alloc(0);
    yield bytes.subarray(0, 9400);
    cancel.abort(new Error('nobody wants it any more'));
    // As a store that is asked to stop.
    cancel.signal.throwIfAborted();
  })();
  await assert.rejects(new FfmpegDecoder().decode(endless, 'ts', cancel.signal), /nobody wants it any more/);
});

test('no tool: said in words', async () => {
  const decoder = new FfmpegDecoder('/nowhere/ffmpeg');
  await assert.rejects(decoder.decode(pieces(media.get('ts') ?? Buffer.alloc(0)), 'ts', abort), {
    code: 'TOOL_MISSING',
  });
});
