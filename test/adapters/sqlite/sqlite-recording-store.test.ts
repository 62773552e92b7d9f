import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteRecordingStore } from '../../../nodes/adapters/sqlite/sqlite-recording-store.ts';
import type { StoredCapture } from '../../../nodes/core/recording/recording-store.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { openFor } from './fixtures/open.ts';

test('recordings are saved, changed, found, listed newest first and removed, over a restart', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const first = openFor(t, path);
  const store = new SqliteRecordingStore(first);
  const early = makeRecording({ id: 'a', plannedStart: 1000, state: 'delivered' });
  const late = makeRecording({ id: 'b', plannedStart: 3000 });
  const between = makeRecording({ id: 'c', plannedStart: 2000.5, recorderId: 'recorder-2' });
  for (const recording of [late, early, between]) store.save(recording);
  store.save({ ...late, state: 'delivering', title: 'renamed' });
  first.close();

  const again = new SqliteRecordingStore(openFor(t, path));
  assert.deepEqual(again.get('a'), early);
  assert.equal(again.get('nobody'), undefined);
  assert.deepEqual(again.get('b'), { ...late, state: 'delivering', title: 'renamed' });
  assert.deepEqual(
    again.list().map(({ id }) => id),
    ['b', 'c', 'a'],
  );
  assert.deepEqual(
    again.list({ states: ['delivering', 'delivered'], limit: 1 }).map(({ id }) => id),
    ['b'],
  );
  assert.deepEqual(again.list({ states: [] }), []);
  assert.deepEqual(again.findByEvent('recorder-2', between.event.uid), between);
  assert.equal(again.findByEvent('recorder-1', between.event.uid), undefined);
  again.remove('a');
  assert.equal(again.get('a'), undefined);
});

test('pages go on behind a place, also when what was there has gone', async (t) => {
  const store = new SqliteRecordingStore(openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite')));
  const all = ['e', 'd', 'c', 'b', 'a'].map((id, index) =>
    // Two begin at one instant.
    makeRecording({ id, plannedStart: [5000, 4000, 4000, 2000, 1000][index] ?? 0, createdAt: 1 }),
  );
  for (const recording of all) store.save(recording);
  const [first, second] = store.list({ limit: 2 });
  assert.deepEqual([first?.id, second?.id], ['e', 'd']);
  assert.ok(second);
  store.remove('d');
  assert.deepEqual(
    store.list({ after: second, limit: 2 }).map(({ id }) => id),
    ['c', 'b'],
  );
  assert.deepEqual(
    store.list({ from: 2000, after: second }).map(({ id }) => id),
    ['c', 'b'],
  );
});

test('a search finds every word in title, series, place, camera, id or date, whatever its case', async (t) => {
  const store = new SqliteRecordingStore(openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite')));
  const plannedStart = Date.UTC(2026, 10, 21, 10, 15);
  const { event } = makeRecording();
  const hall = { ...event, series: 'Fluid dynamics', location: 'Großer Hörsaal' };
  store.save(makeRecording({ id: 'one', title: 'ÜBUNG 100%', plannedStart, event: hall, inputs: ['slides'] }));
  store.save(
    makeRecording({ id: 'two', title: 'Rehearsal', plannedStart: plannedStart + 86_400_000, inputs: ['hall'] }),
  );
  const found = (search: string) => store.list({ search }).map(({ id }) => id);
  assert.deepEqual(found('übung'), ['one']);
  assert.deepEqual(found('FLUID hörsaal slides'), ['one']);
  assert.deepEqual(found('2026-11'), ['two', 'one']);
  assert.deepEqual(found('2026-11-22'), ['two']);
  assert.deepEqual(found('100%'), ['one'], 'as it stands there, not as a pattern');
  assert.deepEqual(found('übung hall'), []);
  assert.deepEqual(found('  '), ['two', 'one']);
});

test('those with a problem are found', async (t) => {
  const store = new SqliteRecordingStore(openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite')));
  const lastError = { code: 'TARGET', message: 'full' };
  const delivery = { deliverId: 'd', target: '/x', bytesDone: 0, bytesTotal: 1, attempts: 1 };
  const warning = { at: 1, code: 'SILENCE', message: 'no sound' };
  store.save(makeRecording({ id: 'fine', state: 'delivering', delivery }));
  store.save(makeRecording({ id: 'failed', state: 'failed' }));
  store.save(makeRecording({ id: 'gaps', state: 'delivered', isDegraded: true }));
  store.save(makeRecording({ id: 'warned', state: 'delivered', warnings: [warning] }));
  store.save(makeRecording({ id: 'stuck', state: 'delivering', delivery: { ...delivery, lastError } }));
  store.save(makeRecording({ id: 'cancelled', state: 'cancelled', warnings: [warning] }));
  assert.deepEqual(
    store
      .list({ hasProblem: true })
      .map(({ id }) => id)
      .sort(),
    ['failed', 'gaps', 'stuck', 'warned'],
  );
});

test('captures are saved, changed and removed', async (t) => {
  const store = new SqliteRecordingStore(openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite')));
  const capture: StoredCapture = {
    record: {
      id: 'capture-1',
      cameraId: 'camera-1',
      input: 'hall',
      directory: '/data/captures/capture-1',
      pid: 42,
      processStartTicks: '1234',
      bootId: 'boot',
      commandHash: 'hash',
      spawnedAt: 1,
      flavor: 'presenter/source',
      profile: { name: 'copy', video: { encoder: 'copy' }, audio: { encoder: 'copy' }, container: 'mp4' },
    },
    mediaMs: 0,
    recordingIds: ['a'],
    cuts: { a: { fromMs: 10 } },
  };
  store.saveCapture(capture);
  store.saveCapture({ ...capture, endedAt: 7 });
  assert.deepEqual(store.listCaptures(), [{ ...capture, endedAt: 7 }]);
  store.removeCapture('capture-1');
  assert.deepEqual(store.listCaptures(), []);
});

test('kill -9 in the middle of writing loses nothing that was reported as saved', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'writer.ts'), path, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let reported = '';
    child.stdout.setEncoding('utf8');
    for await (const text of child.stdout) {
      reported += text;
      if (reported.split('\n').length > 40) child.kill('SIGKILL');
    }
    await ended;
    // The last line may have been cut by the kill: it was not reported.
    const ids = reported.split('\n').slice(0, -1);
    assert.ok(ids.length >= 40, `only ${ids.length} were written`);
    const database = openFor(t, path);
    const store = new SqliteRecordingStore(database);
    for (const id of ids) assert.equal(store.get(id)?.state, 'recorded', id);
    database.close();
  }
});
