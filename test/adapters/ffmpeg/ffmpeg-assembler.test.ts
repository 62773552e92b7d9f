import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FfmpegAssembler } from '../../../nodes/adapters/ffmpeg/ffmpeg-assembler.ts';
import { probeFile } from '../../../nodes/adapters/ffmpeg/ffprobe.ts';
import type { CapturePiece, CaptureRecord } from '../../../nodes/core/recording/capture.ts';
import { type CaptureBench, captureBench, shippedProfile } from '../../fixtures/tools/capture-bench.ts';
import { ffmpeg, fragmented, type Packet, pattern, readPackets } from '../../fixtures/tools/media.ts';
import { mountTmpfs } from '../files/fixtures/mounts.ts';

const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-force_key_frames', 'expr:gte(t,n_forced)'];

/** A capture as the engine leaves it, made by FFmpeg at full speed. */
async function captured(bench: CaptureBench, id: string, ...argv: string[]): Promise<CaptureRecord> {
  const directory = join(bench.root, id);
  await mkdir(directory);
  await ffmpeg(...argv, ...fragmented, join(directory, 'capture.mp4'));
  return {
    id,
    cameraId: 'camera',
    input: 'camera',
    directory,
    pid: 1,
    processStartTicks: '1',
    bootId: '',
    commandHash: '',
    spawnedAt: 1_000_000,
    flavor: 'presenter/source',
    profile: shippedProfile('copy'),
  };
}

const hd = (bench: CaptureBench, id: string, seconds: number, ...more: string[]) =>
  captured(bench, id, ...pattern(seconds), ...x264, '-c:a', 'aac', ...more);

async function assemble(bench: CaptureBench, pieces: CapturePiece[], name = 'finished.mp4') {
  const container = name.endsWith('mkv') ? 'mkv' : name.endsWith('webm') ? 'webm' : 'mp4';
  return await bench.assembler.assemble({ pieces, outputPath: join(bench.root, name), container });
}

const of = (packets: Packet[], track: Packet['track']) => packets.filter((packet) => packet.track === track);

async function twoCuts(t: TestContext, seamMs: number) {
  const bench = await captureBench(t);
  const record = await hd(bench, 'a', 12);
  const [before] = await assemble(bench, [{ record, fromMs: 1500, toMs: seamMs, offsetMs: 5_000_000 }], 'before.mp4');
  const [behind] = await assemble(bench, [{ record, fromMs: seamMs, toMs: 10_500, offsetMs: 5_000_000 }], 'behind.mp4');
  assert.ok(before && behind);
  return { bench, record, before, behind };
}

for (const seamMs of [6000, 6010, 6499, 6980]) {
  test(`two cuts that meet at ${seamMs} ms hold every picture and all sound, in both at most one group of pictures`, async (t) => {
    const { record, before, behind } = await twoCuts(t, seamMs);
    const source = await readPackets(join(record.directory, 'capture.mp4'));
    const cuts = [await readPackets(before.path), await readPackets(behind.path)];
    for (const track of ['video', 'audio'] as const) {
      const wanted = of(source, track).filter(({ ptsMs }) => ptsMs >= 1500 && ptsMs < 10_500);
      const held = cuts.map((packets) => new Set(of(packets, track).map(({ hash }) => hash)));
      const missing = wanted.filter(({ hash }) => !held.some((hashes) => hashes.has(hash)));
      // AAC of a steady tone repeats itself, so only its number is compared.
      if (track === 'video') assert.deepEqual(missing, []);
      else
        assert.ok(
          (held[0]?.size ?? 0) > 0 &&
            of(cuts[0] ?? [], track).length + of(cuts[1] ?? [], track).length >= wanted.length,
        );
    }
    const both = of(cuts[0] ?? [], 'video').filter(({ hash }) =>
      of(cuts[1] ?? [], 'video').some((one) => one.hash === hash),
    );
    assert.ok(both.length <= 25 + 13, `${both.length} pictures are in both`);
  });
}

test('a pause shorter than a group of pictures repeats nothing; a longer one closes up', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'a', 12);
  const source = await readPackets(join(record.directory, 'capture.mp4'));
  const cut = async (from: number, to: number, earlierMs: number) => {
    const pieces = [
      { record, offsetMs: 0, toMs: from },
      { record, offsetMs: 0, fromMs: to, earlierMs },
    ];
    const [file] = await assemble(bench, pieces, `${from}.mp4`);
    return { file: file ?? assert.fail(), pictures: of(await readPackets(file?.path ?? ''), 'video') };
  };
  const short = await cut(4100, 4600, 0);
  assert.deepEqual(
    short.pictures.map(({ hash }) => hash),
    of(source, 'video').map(({ hash }) => hash),
  );
  const [before, behind] = await bench.assembler.locate([
    { record, offsetMs: 0, toMs: 4100 },
    { record, offsetMs: 0, fromMs: 8300 },
  ]);
  const earlierMs = (behind?.start ?? 0) - (before?.end ?? 0);
  assert.ok(earlierMs > 3000 && earlierMs <= 4200, `${earlierMs} ms`);
  const long = await cut(4100, 8300, earlierMs);
  const held = new Set(long.pictures.map(({ hash }) => hash));
  assert.equal(held.size, long.pictures.length);
  const wanted = of(source, 'video').filter(({ ptsMs }) => ptsMs < 4100 || ptsMs >= 8300);
  assert.deepEqual(
    wanted.filter(({ hash }) => !held.has(hash)),
    [],
  );
  assert.ok(Math.abs(long.file.durationMs - (12_000 - earlierMs)) < 100, `${long.file.durationMs} ms`);
  const times = long.pictures.map(({ ptsMs }) => ptsMs).sort((a, b) => a - b);
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.ok(
    Math.max(...steps) < 150 && Math.min(...steps) > 10,
    `steps of ${Math.min(...steps)} to ${Math.max(...steps)} ms`,
  );
});

test('a cut covers what was asked, says where it lies, and plays from its begin', async (t) => {
  const { before, behind } = await twoCuts(t, 6200);
  assert.ok(before.start <= 5_001_500 && before.start > 5_000_400);
  assert.ok(before.end >= 5_006_200 && before.end < 5_006_900);
  assert.deepEqual([before.durationMs, before.mimeType], [before.end - before.start, 'video/mp4']);
  assert.deepEqual(before.intervals, [{ captureId: 'a', start: before.start, end: before.end }]);
  for (const file of [before, behind]) {
    const probe = await probeFile(file.path);
    assert.ok(Math.abs((probe.durationMs ?? 0) - file.durationMs) < 150, `${probe.durationMs} for ${file.durationMs}`);
    const packets = await readPackets(file.path);
    assert.ok(of(packets, 'video')[0]?.isKey);
    assert.ok(Math.min(...packets.map(({ ptsMs }) => ptsMs)) < 1);
    const head = await readFile(file.path);
    assert.ok(head.indexOf('moov') < head.indexOf('mdat'), 'faststart: a player can begin before it has it all');
    assert.equal(head.length, file.sizeBytes);
  }
  const drift = (packets: Packet[]) =>
    (of(packets, 'video').at(0)?.ptsMs ?? 0) - (of(packets, 'audio').at(0)?.ptsMs ?? 0);
  assert.ok(Math.abs(drift(await readPackets(before.path))) < 120, 'sound and picture begin together');
});

test('parts are joined with the time between them in the file, sound in step with the picture', async (t) => {
  const bench = await captureBench(t);
  const one = await hd(bench, 'one', 4);
  const other = await hd(bench, 'other', 4);
  // 2300 ms between the end of the first and the begin of the second.
  const files = await assemble(bench, [
    { record: one, offsetMs: 1_000_000 },
    { record: other, offsetMs: 1_006_300 },
  ]);
  assert.equal(files.length, 1);
  const [file] = files;
  assert.ok(file);
  const gap = (file.intervals[1]?.start ?? 0) - (file.intervals[0]?.end ?? 0);
  assert.ok(Math.abs(gap - 2300) < 60, `a gap of ${gap}`);
  const packets = await readPackets(file.path);
  const zero = 1_000_000 - file.start;
  for (const track of ['video', 'audio'] as const) {
    const times = of(packets, track)
      .map(({ ptsMs }) => ptsMs - zero)
      .sort((a, b) => a - b);
    const first = times.filter((time) => time < 5000);
    const second = times.filter((time) => time >= 5000);
    assert.ok(Math.abs((first.at(-1) ?? 0) - 3960) < 50, `${track} ends at ${first.at(-1)}`);
    assert.ok(Math.abs((second[0] ?? 0) - 6300) < 50, `${track} goes on at ${second[0]}`);
    assert.ok(Math.abs((second.at(-1) ?? 0) - 10_260) < 50, `${track} ends at ${second.at(-1)}`);
  }
  const all = [
    ...(await readPackets(join(one.directory, 'capture.mp4'))),
    ...(await readPackets(join(other.directory, 'capture.mp4'))),
  ];
  assert.equal(of(packets, 'video').length, of(all, 'video').length);
});

test('a joined file decodes without an error', async (t) => {
  const bench = await captureBench(t);
  const pieces = [
    { record: await hd(bench, 'one', 3), fromMs: 400, offsetMs: 0 },
    { record: await hd(bench, 'other', 3), toMs: 2000, offsetMs: 4000 },
    { record: await hd(bench, 'third', 2), offsetMs: 9000 },
  ];
  for (const name of ['joined.mp4', 'joined.mkv']) {
    const [file] = await assemble(bench, pieces, name);
    assert.equal(file?.intervals.length, 3);
    await ffmpeg('-xerror', '-i', file?.path ?? '', '-f', 'null', '-');
    const probe = await probeFile(file?.path ?? '');
    assert.ok(Math.abs((probe.durationMs ?? 0) - 11_000) < 200, `${name}: ${probe.durationMs} ms`);
  }
});

test('a part that seems to begin before the one before it has ended follows it directly', async (t) => {
  const bench = await captureBench(t);
  const pieces = [
    { record: await hd(bench, 'one', 3), offsetMs: 0 },
    { record: await hd(bench, 'other', 3), offsetMs: 2700 },
  ];
  const [file] = await assemble(bench, pieces);
  const video = of(await readPackets(file?.path ?? ''), 'video');
  assert.equal(video.length, 150);
  const times = video.map(({ ptsMs }) => ptsMs).sort((a, b) => a - b);
  assert.ok(
    times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) > 30),
    'no two at once',
  );
  assert.ok(Math.abs((file?.durationMs ?? 0) - 6000) < 60);
});

test('parts that do not fit together become files of their own', async (t) => {
  const bench = await captureBench(t);
  const pieces = [
    { record: await hd(bench, 'one', 2), offsetMs: 0 },
    { record: await hd(bench, 'two', 2), offsetMs: 3000 },
    { record: await hd(bench, 'wide', 2, '-vf', 'scale=640:360'), offsetMs: 6000 },
    { record: await captured(bench, 'mute', ...pattern(2), ...x264, '-map', '0:v'), offsetMs: 9000 },
  ];
  const files = await assemble(bench, pieces);
  assert.deepEqual(
    files.map(({ path, intervals }) => [
      path.slice(bench.root.length + 1),
      intervals.map(({ captureId }) => captureId),
    ]),
    [
      ['finished.mp4', ['one', 'two']],
      ['finished-part-2.mp4', ['wide']],
      ['finished-part-3.mp4', ['mute']],
    ],
  );
  assert.ok(Math.abs((files[1]?.start ?? 0) - 6000) < 60);
});

test('captures that a power cut broke off are used up to their last whole fragment', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'cut', 6);
  const path = join(record.directory, 'capture.mp4');
  await truncate(path, Math.floor((await readFile(path)).length * 0.7));
  await appendFile(path, Buffer.alloc(4096));
  const [file] = await assemble(bench, [{ record, offsetMs: 0 }]);
  assert.ok((file?.durationMs ?? 0) > 3000 && (file?.durationMs ?? 0) < 5500, `${file?.durationMs} ms`);
  await ffmpeg('-xerror', '-i', file?.path ?? '', '-f', 'null', '-');
});

test('captures with nothing in them are left out, and said', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'good', 2);
  const empty = { ...record, id: 'empty', directory: join(bench.root, 'empty') };
  await mkdir(empty.directory);
  const [file] = await assemble(bench, [
    { record: empty, offsetMs: 0 },
    { record, offsetMs: 0 },
  ]);
  assert.equal(file?.intervals.length, 1);
  assert.match(bench.lines.join('\n'), /capture empty holds nothing/);
  for (const content of ['', 'no movie at all', 'x'.repeat(5000)]) {
    await writeFile(join(empty.directory, 'capture.mp4'), content);
    await assert.rejects(assemble(bench, [{ record: empty, offsetMs: 0 }]), { code: 'NOTHING_CAPTURED' });
  }
});

test('progress rises to 1, an abort leaves nothing behind', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'a', 20);
  const seen: number[] = [];
  const request = {
    pieces: [{ record, offsetMs: 0 }],
    outputPath: join(bench.root, 'a.mp4'),
    container: 'mp4' as const,
  };
  await bench.assembler.assemble({ ...request, onProgress: (done) => void seen.push(done) });
  assert.equal(seen.at(-1), 1);
  assert.ok(seen.every((done, index) => index === 0 || done >= (seen[index - 1] ?? 0)));
  const abort = new AbortController();
  const outputPath = join(bench.root, 'b.mp4');
  const aborted = bench.assembler.assemble({
    ...request,
    outputPath,
    abort: abort.signal,
    onProgress: () => abort.abort(),
  });
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.deepEqual((await readdir(bench.root)).sort(), ['a', 'a.mp4']);
});

test('a tool that hangs while it finishes a file is given up, and leaves nothing behind', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'a', 2);
  const toolPath = join(bench.root, 'hanging-ffmpeg');
  await writeFile(toolPath, '#!/bin/sh\ntrap "" INT TERM\nexec sleep 1000\n', { mode: 0o755 });
  const assembler = new FfmpegAssembler({ log: bench.log, toolPath, stallMs: 1000 });
  const outputPath = join(bench.root, 'finished.mp4');
  await assert.rejects(assembler.assemble({ pieces: [{ record, offsetMs: 0 }], outputPath, container: 'mp4' }), {
    code: 'ASSEMBLE_FAILED',
    isRetryable: true,
    message: /did nothing for 1 s/,
  });
  assert.deepEqual((await readdir(bench.root)).sort(), ['a', 'hanging-ffmpeg']);
});

test('a target that can not be written is an error with the reason, and leaves nothing behind', async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'a', 2);
  await assert.rejects(
    assemble(bench, [{ record, offsetMs: 0 }], 'no/such/folder.mp4'),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'ASSEMBLE_FAILED');
      assert.match(error.message, /No such file or directory/);
      return true;
    },
  );
});

for (const name of ['finished.mp4', 'finished.mkv']) {
  test(`${name}: a disk that is full when all but the end is written makes no finished file`, async (t) => {
    const bench = await captureBench(t);
    const record = await hd(bench, 'a', 2);
    const pieces = [{ record, fromMs: 0, toMs: 2000, offsetMs: 0 }];
    const [whole] = await assemble(bench, pieces, name);
    const pageBytes = 4096;
    const { folder } = mountTmpfs(t, String(Math.floor(((whole?.sizeBytes ?? 0) - 1) / pageBytes) * pageBytes));
    const container = name.endsWith('mkv') ? 'mkv' : 'mp4';
    const assembling = bench.assembler.assemble({ pieces, outputPath: join(folder, name), container });
    await assert.rejects(assembling, { code: 'ASSEMBLE_FAILED', message: /No space left on device/ });
    assert.deepEqual(await readdir(folder), []);
  });
}

test('FLAC, Opus and VP9 go through the captured MP4 into their own containers', async (t) => {
  const bench = await captureBench(t);
  const flac = await captured(bench, 'flac', ...pattern(2), ...x264, '-c:a', 'flac');
  const [archive] = await assemble(bench, [{ record: flac, offsetMs: 0 }], 'archive.mkv');
  assert.deepEqual(
    (await probeFile(archive?.path ?? '')).tracks.map(({ codec }) => codec),
    ['h264', 'flac'],
  );
  const vp9 = await captured(
    bench,
    'vp9',
    ...pattern(2),
    ...'-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus'.split(' '),
  );
  const [webm] = await assemble(bench, [{ record: vp9, offsetMs: 0 }], 'web.webm');
  assert.deepEqual(
    (await probeFile(webm?.path ?? '')).tracks.map(({ codec }) => codec),
    ['vp9', 'opus'],
  );
  const sound = await captured(bench, 'sound', ...pattern(2), '-map', '1:a', '-c:a', 'aac');
  const [audio] = await assemble(bench, [{ record: sound, offsetMs: 0, fromMs: 700, toMs: 1400 }], 'sound.mp4');
  assert.equal(audio?.mimeType, 'audio/mp4');
  assert.ok((audio?.start ?? 0) <= 700 && (audio?.end ?? 0) >= 1400 && (audio?.durationMs ?? 0) < 2000);
});

test("files of a user's own tool are taken whole, each with its flavor", async (t) => {
  const bench = await captureBench(t);
  const record = await hd(bench, 'own', 2);
  await writeFile(join(record.directory, 'notes.txt'), 'slides');
  const outputs = [
    { path: 'capture.mp4', flavor: 'presenter/source' },
    { path: 'notes.txt', flavor: 'notes/source' },
    { path: 'never-written.mkv', flavor: 'presentation/source' },
  ];
  const files = await assemble(
    bench,
    [{ record: { ...record, outputs }, offsetMs: 0, fromMs: 1000, toMs: 1500 }],
    'own.mp4',
  );
  assert.deepEqual(
    files.map(({ path, flavor, mimeType }) => [path.slice(bench.root.length + 1), flavor, mimeType]),
    [
      ['own.mp4', 'presenter/source', 'video/mp4'],
      ['own-part-2.txt', 'notes/source', 'application/octet-stream'],
    ],
  );
  assert.deepEqual(await readFile(files[0]?.path ?? ''), await readFile(join(record.directory, 'capture.mp4')));
  const none = { ...record, outputs: [{ path: 'nothing.mkv', flavor: 'a/b' }] };
  await assert.rejects(assemble(bench, [{ record: none, offsetMs: 0 }]), { code: 'NOTHING_CAPTURED' });
});
