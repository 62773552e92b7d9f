import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openDatabase } from '../../../nodes/adapters/sqlite/database.ts';
import { migrations } from '../../../nodes/adapters/sqlite/migrations/list.ts';
import { SqliteJobQueue } from '../../../nodes/adapters/sqlite/sqlite-job-queue.ts';
import { SqliteKeyValueStore } from '../../../nodes/adapters/sqlite/sqlite-key-value-store.ts';
import { SqliteRecordingStore } from '../../../nodes/adapters/sqlite/sqlite-recording-store.ts';
import { Alarms } from '../../../nodes/core/alarms/alarms.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { KeptLog, openFor } from './fixtures/open.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

test('a new database is made with its folder, for its owner only, and keeps commits on the disk', async (t) => {
  const path = join(await temporaryFolder(t), 'state', 'reelflow.sqlite');
  const database = openFor(t, path);
  new SqliteKeyValueStore(database).set('learnt', { ms: 1 });
  for (const name of await readdir(join(path, '..'))) {
    const { mode } = await stat(join(path, '..', name));
    assert.equal(mode & 0o777, 0o600, name);
  }
  assert.equal(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
  assert.equal(database.prepare('PRAGMA synchronous').get()?.['synchronous'], 2);
});

test('an older schema is raised step by step, its data kept, after a copy', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const old = openFor(t, path, { migrations: migrations.slice(0, 1) });
  const recording = makeRecording({ state: 'recorded' });
  new SqliteRecordingStore(old).save(recording);
  old.close();

  const log = new KeptLog();
  const database = openFor(t, path, { log });
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], migrations.at(-1)?.version);
  assert.deepEqual(new SqliteRecordingStore(database).get(recording.id), recording);
  new SqliteJobQueue(database, { clock, log }).add('deliver', 'a', {});
  assert.match(log.lines.join('\n'), /raised from schema version 1/);

  const copy = new DatabaseSync(`${path}.v1`, { readOnly: true });
  t.after(() => copy.close());
  assert.equal(copy.prepare('PRAGMA user_version').get()?.['user_version'], 1);
  assert.equal(copy.prepare('SELECT count(*) AS n FROM recordings').get()?.['n'], 1);
  assert.equal((await stat(`${path}.v1`)).mode & 0o777, 0o600);
});

test('a step that fails leaves the old schema whole', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  openFor(t, path, { migrations: migrations.slice(0, 1) }).close();
  const broken = {
    version: 2,
    up: (database: DatabaseSync) => database.exec('CREATE TABLE half (id TEXT); SELECT * FROM nowhere'),
  };
  assert.throws(() => openDatabase(path, { log: new KeptLog(), migrations: [...migrations.slice(0, 1), broken] }), {
    code: 'DATABASE_UNAVAILABLE',
    message: /nowhere/,
  });
  const database = openFor(t, path);
  assert.equal(database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'half'").get()?.['n'], 0);
});

test('a file of a newer Reelflow is refused and not touched', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const newer = openFor(t, path, { migrations: [...migrations, { version: 99, up: () => {} }] });
  newer.close();
  const before = await readFile(path);
  assert.throws(() => openDatabase(path, { log: new KeptLog() }), { code: 'DATABASE_TOO_NEW', message: /version 99/ });
  assert.deepEqual(await readFile(path), before);
});

for (const [how, damage] of [
  [
    'no database at all',
    async (path: string) => writeFile(path, 'not a database, but long enough to be read as one. '.repeat(40)),
  ],
  [
    'a page overwritten',
    async (path: string) => {
      const bytes = await readFile(path);
      bytes.fill(0xa5, 4096, bytes.length);
      await writeFile(path, bytes);
    },
  ],
] as const) {
  test(`a damaged file (${how}) is set aside, kept, and announced; the station starts on a new one`, async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'reelflow.sqlite');
    const first = openFor(t, path);
    const store = new SqliteRecordingStore(first);
    for (let n = 0; n < 50; n += 1) store.save(makeRecording({ id: `r${n}`, title: 'x'.repeat(500) }));
    first.close();
    await damage(path);
    const bytes = await readFile(path);

    const log = new KeptLog();
    const alarms = new Alarms(clock);
    const database = openFor(t, path, { log, alarms });
    assert.deepEqual(new SqliteRecordingStore(database).list(), []);
    const kept = (await readdir(folder)).find((name) => /^reelflow\.sqlite\.damaged-\d{8}T\d{6}-\d{3}Z$/.test(name));
    assert.ok(kept, String(await readdir(folder)));
    assert.deepEqual(await readFile(join(folder, kept)), bytes);
    assert.equal(alarms.list()[0]?.code, 'DATABASE_DAMAGED');
    assert.match(log.lines.join('\n'), /error the database .* is damaged/);
  });
}

test('a database that can not be opened says which and why', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  assert.throws(() => openDatabase(join(folder, 'file', 'reelflow.sqlite'), { log: new KeptLog() }), {
    code: 'DATABASE_UNAVAILABLE',
    message: /file\/reelflow\.sqlite can not be opened/,
  });
});
