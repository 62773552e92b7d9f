import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteAuditLog } from '../../../nodes/adapters/sqlite/sqlite-audit-log.ts';
import { SqliteCommandLog } from '../../../nodes/adapters/sqlite/sqlite-command-log.ts';
import { SqliteKeyValueStore } from '../../../nodes/adapters/sqlite/sqlite-key-value-store.ts';
import type { KeptCommand } from '../../../nodes/core/bus/command-memory.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { openFor } from './fixtures/open.ts';

test('the audit log gives the newest first and stays bounded', async (t) => {
  const database = openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite'));
  const audit = new SqliteAuditLog(database);
  const entry = { at: 1, user: 'admin', via: 'http', action: 'record/start', detail: '{"title":"x"}', isOk: true };
  audit.append(entry);
  audit.append({ ...entry, at: 2, action: 'login-failed', isOk: false });
  assert.deepEqual(audit.list(10), [{ ...entry, at: 2, action: 'login-failed', isOk: false }, entry]);
  assert.equal(audit.list(1).length, 1);

  database.exec('BEGIN');
  for (let at = 3; at < 10_300; at += 1) audit.append({ ...entry, at });
  database.exec('COMMIT');
  const kept = audit.list(100_000);
  assert.ok(kept.length >= 10_000 && kept.length < 10_100, String(kept.length));
  assert.equal(kept[0]?.at, 10_299);
});

test('commands and their answers are known again after a restart, in order', async (t) => {
  const path = join(await temporaryFolder(t), 'reelflow.sqlite');
  const commands: KeptCommand[] = [
    { key: 'panel b', fingerprint: 'f1', begunAt: 1, reply: { id: 'b', ok: true, result: { id: 'r' } } },
    { key: 'panel a', fingerprint: 'f2', begunAt: 2 },
  ];
  const first = openFor(t, path);
  new SqliteCommandLog(first).save([{ key: 'old', fingerprint: 'f0', begunAt: 0 }]);
  new SqliteCommandLog(first).save(commands);
  first.close();
  assert.deepEqual(new SqliteCommandLog(openFor(t, path)).load(), commands);
});

test('learnt facts are kept, replaced and forgotten', async (t) => {
  const store = new SqliteKeyValueStore(openFor(t, join(await temporaryFolder(t), 'reelflow.sqlite')));
  assert.equal(store.get('start-delay:hall'), undefined);
  store.set('start-delay:hall', [120, 140]);
  store.set('start-delay:hall', { ms: 120 });
  assert.deepEqual(store.get('start-delay:hall'), { ms: 120 });
  store.set('start-delay:hall', undefined);
  assert.equal(store.get('start-delay:hall'), undefined);
});
