import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { CameraListStand, listSettings } from '../../fixtures/camera-lists.ts';

const row = (id: number, more: object = {}) => ({ id, name: `cam${id}`, url: `rtsp://10.0.0.${id}/main`, ...more });
const away = new ReelflowError('CAMERA_DATABASE_AWAY', 'the database rtsp://u:hunter2@db:5432: refuses connections');

async function withTwo() {
  const stand = new CameraListStand();
  stand.source().rows = [row(1), row(2)];
  const detach = await stand.attach();
  assert.deepEqual(stand.news(), ['add cam1', 'add cam2']);
  return { stand, detach, source: stand.source() };
}

test('what is added, changed and removed is told at the next reading, or at once when the source tells of it', async () => {
  const { stand, source } = await withTwo();
  source.rows = [row(1, { url: 'rtsp://10.0.0.9/sub' }), row(3)];
  await stand.clock.pass(12_000);
  assert.deepEqual(stand.news(), ['remove cam2', 'change cam1', 'add cam3']);
  source.rows = [row(1, { url: 'rtsp://10.0.0.9/sub', audio: 'aac' }), row(3)];
  source.changed();
  await stand.clock.settle();
  assert.deepEqual(stand.news(), ['change cam1']);
  assert.equal(stand.messages.at(-1)?.camera.options.audio, 'aac');
});

test('a source that is away leaves the cameras as they are; the state says so, and after a minute an alarm does', async () => {
  const { stand, source } = await withTwo();
  source.failure = away;
  await stand.clock.pass(15_000);
  const [view] = stand.service.list();
  assert.equal(view?.cameras.length, 2);
  assert.equal(view?.lastError?.message, 'the database rtsp://***@db:5432: refuses connections');
  assert.deepEqual(stand.alarms.list(), []);
  await stand.clock.pass(70_000);
  assert.match(stand.alarms.list()[0]?.message ?? '', /"Campus" can not be read.*its 2 cameras go on/);
  source.failure = undefined;
  source.rows = [row(2)];
  await stand.clock.pass(12_000);
  assert.deepEqual(stand.alarms.list(), []);
  assert.deepEqual(stand.news(), ['remove cam1']);
});

test('a restart with the source away goes on with the cameras of before', async () => {
  const { stand } = await withTwo();
  stand.service.close();
  const again = new CameraListStand(stand.store);
  again.source().failure = away;
  await again.attach();
  assert.deepEqual(again.news(), ['add cam1', 'add cam2']);
  assert.equal(again.service.list()[0]?.lastError?.code, 'CAMERA_DATABASE_AWAY');
});

test('a list of several that is suddenly empty is believed at the second look', async () => {
  const { stand, source } = await withTwo();
  source.rows = [];
  source.changed();
  await stand.clock.settle();
  assert.deepEqual(stand.news(), []);
  await stand.clock.pass(3000);
  assert.deepEqual(stand.news(), ['remove cam1', 'remove cam2']);
});

test('a deploy tells all cameras again, and those that went meanwhile', async () => {
  const { stand, detach, source } = await withTwo();
  detach();
  source.rows = [row(2)];
  source.changed();
  await stand.clock.settle();
  await stand.attach();
  assert.deepEqual(stand.news(), ['remove cam1', 'add cam2']);
});

test('a list whose node is gone for a minute is gone: its cameras are removed for whoever asked to know', async () => {
  const { stand, detach } = await withTwo();
  const removed: string[] = [];
  stand.service.onRemove(({ name }) => removed.push(name));
  detach();
  await stand.clock.pass(61_000);
  assert.deepEqual(removed, ['cam1', 'cam2']);
  assert.deepEqual([stand.service.list(), stand.store.lists.size], [[], 0]);
});

test('two lists: the name that comes later is left out, and comes in when it is free', async () => {
  const { stand, source } = await withTwo();
  const other = stand.source('/other.csv');
  other.rows = [{ id: 7, name: 'CAM1!', url: 'rtsp://10.0.1.7/' }, row(2, { id: 8 })];
  await stand.attach(listSettings({ listId: 'other', name: 'Other', source: { kind: 'file', path: '/other.csv' } }));
  assert.deepEqual(stand.news(), ['add CAM1!']);
  const problems = stand.service.list()[1]?.problems;
  assert.deepEqual(problems, [
    {
      row: 'row 2 (cam2)',
      field: 'name',
      message: 'name: another camera is called so; names must differ in their letters and digits',
    },
  ]);
  source.rows = [row(1)];
  source.changed();
  await stand.clock.settle();
  assert.deepEqual(stand.news(), ['remove cam2', 'add cam2']);
});

test('one list, one node', async () => {
  const { stand } = await withTwo();
  await assert.rejects(() => stand.attach(), { code: 'LIST_TAKEN', message: /by "Campus" already/ });
});

test('rows that come as messages: a whole list, single changes, and what is wrong changes nothing', async () => {
  const stand = new CameraListStand();
  await stand.attach(listSettings({ source: { kind: 'message' } }));
  const receive = (payload: unknown) => stand.service.receive('list', payload);
  receive([row(1), row(2)]);
  receive({ action: 'change', camera: row(2, { audio: 'none' }) });
  receive({ action: 'add', camera: row(3) });
  receive({ action: 'remove', camera: { name: 'cam1' } });
  assert.deepEqual(stand.news(), ['add cam1', 'add cam2', 'change cam2', 'add cam3', 'remove cam1']);
  assert.throws(() => receive({ action: 'add', camera: { name: 'x' } }), { code: 'ROW_INVALID', field: 'url' });
  assert.throws(() => receive({ action: 'add', camera: row(9, { name: 'cam3' }) }), { field: 'name' });
  assert.throws(() => receive({ action: 'more' }), { code: 'MESSAGE_INVALID', field: 'payload.action' });
  assert.throws(() => receive('rtsp://x'), { code: 'MESSAGE_INVALID' });
  assert.deepEqual(stand.news(), []);
  stand.service.close();
  const again = new CameraListStand(stand.store);
  await again.attach(listSettings({ source: { kind: 'message' } }));
  assert.deepEqual(again.news(), ['add cam2', 'add cam3']);
});

test('a list that reads itself takes no rows', async () => {
  const { stand } = await withTwo();
  assert.throws(() => stand.service.receive('list', []), { code: 'LIST_READS_ITSELF' });
});
