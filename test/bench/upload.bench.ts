import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uploadInChild, writeLarge } from '../fixtures/s3-upload.ts';
import { startSwiftS3 } from '../fixtures/swift-s3.ts';
import type { Bench, Figure } from './bench.ts';

const mebibyte = 1024 * 1024;
const fileMebibytes = 200;
const rounds = 9;

/** What it costs that uploads are checked from end to end, and can be taken up again. */
export const bench: Bench = {
  title: 'Uploading to an object store',
  method:
    `A file of ${fileMebibytes} MiB to the S3 gateway of OpenStack Swift on the same machine, in parts of 8 MiB, four at a time: as a chunk ` +
    'goes up, and by the bare commands of the AWS SDK, which check nothing. A process each, in turn, medians of ' +
    `${rounds}. Memory: of the uploading process, from the first request to its highest.`,
  async run(): Promise<Figure[]> {
    const folder = await mkdtemp(join(tmpdir(), 'reelflow-bench-upload-'));
    const swift = await startSwiftS3();
    try {
      const place = await swift.createBucket('large');
      const path = join(folder, 'large');
      await writeLarge(path, fileMebibytes);
      const [ours, bare]: [number[], number[]] = [[], []];
      let [oneBytes, twoBytes] = [0, 0];
      for (let round = 0; round < rounds; round += 1) {
        const seen = await uploadInChild(place, path, 'chunks');
        ours.push(...seen.tookMs);
        oneBytes = Math.max(oneBytes, seen.mostBytes - seen.beforeBytes);
        bare.push(...(await uploadInChild(place, path, 'bare')).tookMs);
      }
      for (let round = 0; round < 3; round += 1) {
        const seen = await uploadInChild(place, path, 'chunks', { jobs: 2 });
        twoBytes = Math.max(twoBytes, seen.mostBytes - seen.beforeBytes);
      }
      const speed = (took: number[]) => (fileMebibytes * mebibyte) / 1000 / median(took);
      return [
        { what: 'Reelflow', value: speed(ours), unit: 'MB/s' },
        { what: 'Bare SDK', value: speed(bare), unit: 'MB/s' },
        { what: 'Reelflow to bare SDK', value: median(bare) / median(ours), unit: 'ratio', atLeast: 0.9 },
        { what: 'Memory of one upload, highest of all rounds', value: oneBytes / mebibyte, unit: 'MiB', atMost: 114 },
        { what: 'Memory of two at once, each', value: twoBytes / 2 / mebibyte, unit: 'MiB', atMost: 114 },
      ];
    } finally {
      await swift.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
