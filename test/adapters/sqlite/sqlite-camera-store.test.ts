import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteCameraStore } from '../../../nodes/adapters/sqlite/sqlite-camera-store.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { openFor } from './fixtures/open.ts';

test('lists and own cameras are there after a restart, the own ones in the order they came', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const list = { cameras: [{ id: 'l:1', name: 'Gate', url: 'rtsp://u:p@10.0.0.1/', options: {} }], readAt: 5 };
  const camera = (id: string, createdAt: number) => ({ id, createdAt, name: id, url: 'rtsp://10.0.0.1/' });
  const first = openFor(t, path);
  const store = new SqliteCameraStore(first);
  store.saveList('l', { ...list, cameras: [] });
  store.saveList('l', list);
  store.saveList('gone', list);
  store.removeList('gone');
  for (const one of [camera('late', 9), camera('early', 1), camera('removed', 2)]) store.saveOwn(one);
  store.saveOwn({ ...camera('late', 9), name: 'changed' });
  store.removeOwn('removed');
  first.close();
  const again = new SqliteCameraStore(openFor(t, path));
  assert.deepEqual([again.loadList('l'), again.loadList('gone')], [list, undefined]);
  assert.deepEqual(again.ownCameras(), [camera('early', 1), { ...camera('late', 9), name: 'changed' }]);
});
