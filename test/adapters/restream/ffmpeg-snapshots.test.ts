import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FfmpegSnapshots } from '../../../nodes/adapters/restream/ffmpeg-snapshots.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const camera = { id: 'own:1', name: 'Gate', url: 'rtsp://127.0.0.1:1/x', options: {} };
const never = new AbortController().signal;
const jpeg = Buffer.from([0xff, 0xd8, 1]);
const snapshots = (path: string | undefined, still: () => Promise<Uint8Array>) =>
  new FfmpegSnapshots({
    restreams: { livePath: () => path },
    pictures: { still },
    probes: { known: () => undefined, remember: () => {} },
    clock: new FakeClock('2026-11-21T10:00:00Z'),
    toolPath: '/nowhere/ffmpeg',
  });

test('a camera whose restream is live is not asked a second time', async () => {
  const asked: string[] = [];
  const still = async (path = '') => {
    asked.push(path);
    return jpeg;
  };
  const found = await snapshots('Gate', still).take(camera, never);
  assert.deepEqual([found.ok && found.jpeg, asked], [jpeg, ['Gate']]);
});

test('a restream that ends at this moment is no reason to have no picture: the camera itself is asked', async () => {
  const gone = () => Promise.reject(new Error('it has ended'));
  const found = await snapshots('Gate', gone).take(camera, never);
  assert.equal(found.ok === false && found.reason, 'refused');
});

test('a login that was refused a moment ago is not tried again', async () => {
  const refused = { ok: false, at: 0, reason: 'unauthorised', message: 'no' } as const;
  const found = await new FfmpegSnapshots({
    restreams: { livePath: () => undefined },
    pictures: { still: () => Promise.reject(new Error('not asked')) },
    probes: { known: () => refused, remember: () => {} },
    clock: new FakeClock('2026-11-21T10:00:00Z'),
    toolPath: '/nowhere/ffmpeg',
  }).take(camera, never);
  assert.equal(found.ok === false && found.reason, 'unauthorised');
});
