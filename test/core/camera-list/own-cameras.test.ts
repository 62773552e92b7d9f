import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraListStand, listSettings } from '../../fixtures/camera-lists.ts';

async function makeStand() {
  const stand = new CameraListStand();
  await stand.attach(listSettings({ listId: 'own', name: 'Own', source: { kind: 'own' } }));
  return { stand, own: stand.service.own };
}
const listed = (stand: CameraListStand) => stand.service.list()[0]?.cameras.map(({ name, url }) => `${name} ${url}`);

test('what is entered is told at once, and is there after a restart', async () => {
  const { stand, own } = await makeStand();
  const { id } = own.add({ name: 'Gate', url: 'rtsp://admin:p%40ss@10.0.0.1/s' });
  own.add({ name: 'Hall', make: 'dahua', host: '10.0.0.2', options: { audio: 'none' } });
  await stand.clock.settle();
  own.change(id, { name: 'Gate 1' });
  await stand.clock.settle();
  assert.deepEqual(stand.news(), ['add Gate', 'add Hall', 'change Gate 1']);
  assert.deepEqual(listed(stand), [
    'Gate 1 rtsp://admin:p%40ss@10.0.0.1/s',
    'Hall rtsp://10.0.0.2:554/cam/realmonitor?channel=1&subtype=0',
  ]);
  own.remove(id);
  await stand.clock.settle();
  assert.deepEqual(stand.news(), ['remove Gate 1']);
  const again = new CameraListStand(stand.store);
  await again.attach(listSettings({ listId: 'own', source: { kind: 'own' } }));
  assert.deepEqual(again.news(), ['add Hall']);
});

test('bad entries are refused with the field, and change nothing', async () => {
  const { stand, own } = await makeStand();
  stand.source().rows = [{ name: 'Other', url: 'rtsp://10.0.1.1/' }];
  await stand.attach();
  const { id } = own.add({ name: 'Gate', url: 'rtsp://10.0.0.1/s' });
  await stand.clock.settle();
  stand.news();
  const refused = (run: () => unknown, code: string, field: string) => assert.throws(run, { code, field });
  refused(() => own.add({ name: 'x', url: 'file:///etc/passwd' }), 'ROW_INVALID', 'url');
  refused(() => own.add({ name: 'x' }), 'ROW_INVALID', 'url');
  refused(() => own.add({ name: 'Gate!', url: 'rtsp://10.0.0.2/' }), 'CAMERA_NAME_TAKEN', 'name');
  refused(() => own.add({ name: 'Other', url: 'rtsp://10.0.0.2/' }), 'CAMERA_NAME_TAKEN', 'name');
  refused(() => own.change(id, { make: 'nobody', host: 'h' }), 'ROW_INVALID', 'make');
  refused(() => own.change('gone', {}), 'CAMERA_UNKNOWN', 'camera');
  refused(() => own.remove('gone'), 'CAMERA_UNKNOWN', 'camera');
  await stand.clock.settle();
  assert.deepEqual(stand.news(), []);
});

test('a login stays when it is not given again, but never goes to another host', async () => {
  const { stand, own } = await makeStand();
  const { id } = own.add({ name: 'Gate', url: 'rtsp://10.0.0.1/s?token=abc', user: 'admin', password: 'hunter2' });
  const now = async () => {
    await stand.clock.settle();
    return listed(stand)?.[0];
  };
  own.change(id, { url: 'rtsp://10.0.0.1/s?token=***', name: 'Tor' });
  assert.equal(await now(), 'Tor rtsp://admin:hunter2@10.0.0.1/s?token=abc');
  own.change(id, { url: 'rtsp://10.0.0.1/other' });
  assert.equal(await now(), 'Tor rtsp://admin:hunter2@10.0.0.1/other');
  assert.throws(() => own.change(id, { url: 'rtsp://10.6.6.6/s' }), { code: 'LOGIN_NEEDED', field: 'password' });
  assert.throws(() => own.change(id, { url: 'rtsp://10.0.0.1/x?token=***' }), { code: 'ADDRESS_HIDDEN', field: 'url' });
  own.change(id, { url: 'rtsp://10.6.6.6/s', user: null, password: null });
  assert.equal(await now(), 'Tor rtsp://10.6.6.6/s');
  own.change(id, { make: 'reolink', host: '10.0.0.9' });
  assert.equal(await now(), 'Tor rtsp://10.0.0.9:554/h264Preview_01_main');
});
