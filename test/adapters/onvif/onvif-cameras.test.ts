import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silence } from '../../../nodes/adapters/onvif/device-trouble.ts';
import { OnvifCameras } from '../../../nodes/adapters/onvif/onvif-cameras.ts';
import { readProbeMatches } from '../../../nodes/adapters/onvif/probe-match.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { type OnvifCamera, startOnvifCamera } from '../../fixtures/onvif-camera.ts';
import type { OnvifDeviceSettings } from '../../fixtures/onvif-device.ts';

const finder = new OnvifCameras();
const started: OnvifCamera[] = [];
const device = async (settings: Partial<OnvifDeviceSettings> = {}) => {
  const one = await startOnvifCamera(settings);
  started.push(one);
  return one;
};
const ask = (place: string, login: { user?: string; password?: string } = {}) =>
  finder.ask({ address: `http://${place}/onvif/device_service`, ...login }, new AbortController().signal);

after(() => Promise.all(started.map((one) => one.stop())));

test('devices of the network are found, at the host that answered, also two in one answer', async () => {
  const camera = await device({ name: 'Tor süd' });
  const [found, again] = await Promise.all([finder.search(), finder.search()]);
  const ours = found.filter(({ id }) => id.startsWith(camera.urn));
  const address = `http://${camera.place}/onvif/device_service`;
  assert.deepEqual(ours, [
    { id: camera.urn, name: 'Tor süd', hardware: 'Acme-100', address },
    { id: `${camera.urn}-2`, name: 'Tor süd 2', hardware: 'Acme-100', address },
  ]);
  assert.deepEqual(again, found);
});

test('what a device offers: each profile with its stream and snapshot, at the host that was asked', async () => {
  for (const mode of ['plain', 'old'] as const) {
    const camera = await device({ mode, login: 'viewer:hunter2' });
    const answer = await ask(camera.place, { user: 'viewer', password: 'hunter2' });
    const snapshotUrl = `http://127.0.0.1:${camera.port}/snapshot.jpg`;
    assert.deepEqual(answer, {
      ...{ ok: true, manufacturer: 'Acme', model: '100' },
      profiles: [
        {
          ...{ token: 'main', name: 'mainStream', codec: 'H264', width: 1920, height: 1080, framesPerSecond: 15 },
          ...{
            kilobitsPerSecond: 4096,
            audioCodec: 'AAC',
            url: 'rtsp://127.0.0.1:554/stream?profile=main&x=1',
            snapshotUrl,
          },
        },
        {
          ...{ token: 'sub', name: 'subStream', codec: 'H264', width: 320, height: 240, framesPerSecond: 15 },
          ...{ kilobitsPerSecond: 128, url: 'rtsp://127.0.0.1:554/stream', snapshotUrl },
        },
      ],
    });
  }
});

const reasonOf = async (place: string, login = {}) => {
  const answer = await ask(place, login);
  assert.ok(!answer.ok);
  assert.match(answer.message, /^[a-z].{20}/);
  return answer.reason;
};

test('why a device says nothing has the classes of restreams; a login that was refused is not tried again', async () => {
  const camera = await device({ login: 'viewer:hunter2' });
  assert.equal(await reasonOf(camera.place), 'unauthorised');
  assert.equal(await camera.logins(), 0);
  assert.equal(await reasonOf(camera.place, { user: 'viewer', password: 'wrong' }), 'unauthorised');
  assert.equal(await camera.logins(), 1);
  assert.equal(await reasonOf(`127.0.0.1:${await freePort()}`), 'refused');
  assert.equal(silence(Object.assign(new Error('lookup'), { code: 'ENOTFOUND' })), 'no-host');
  assert.equal(await reasonOf((await device({ mode: 'no-media' })).place), 'no-video');
  assert.equal(await reasonOf((await device({ mode: 'web' })).place), 'not-found');
});

test('what is no camera, and wants to be trouble, brings nothing down', async () => {
  const [flood, bomb, hang] = await Promise.all([
    device({ mode: 'flood' }),
    device({ mode: 'bomb' }),
    device({ mode: 'hang' }),
  ]);
  const before = process.memoryUsage().rss;
  assert.deepEqual(await Promise.all([flood, bomb, hang].map(({ place }) => reasonOf(place))), [
    'not-found',
    'not-found',
    'timeout',
  ]);
  assert.ok(process.memoryUsage().rss - before < 200e6);
});

test('at most four devices are asked at once; who leaves makes room', async () => {
  const { place } = await device({ mode: 'hang' });
  const leave = new AbortController();
  const question = { address: `http://${place}/onvif/device_service` };
  const asked = Array.from({ length: 4 }, () => finder.ask(question, leave.signal));
  await assert.rejects(finder.ask(question, leave.signal), { code: 'TOO_MANY_SEARCHES' });
  leave.abort();
  assert.deepEqual(
    (await Promise.all(asked)).map((answer) => !answer.ok && answer.reason),
    ['timeout', 'timeout', 'timeout', 'timeout'],
  );
  assert.equal(await reasonOf(`127.0.0.1:${await freePort()}`), 'refused');
});

test('an answer to another question, or without an address, is none', () => {
  const xml = '<a:RelatesTo>urn:uuid:1</a:RelatesTo><d:ProbeMatch><d:XAddrs>file:///etc/passwd http://</d:XAddrs>';
  assert.deepEqual(readProbeMatches(xml, '10.0.0.7', ['urn:uuid:1']), []);
  const good = xml.replace('file:///etc/passwd', 'http://u:p@10.9.9.9:81/x');
  assert.deepEqual(readProbeMatches(good, '10.0.0.7', ['urn:uuid:2']), []);
  assert.deepEqual(
    readProbeMatches(good, '10.0.0.7', ['urn:uuid:1']).map(({ address, name }) => [address, name]),
    [['http://10.0.0.7:81/x', '10.0.0.7']],
  );
});
