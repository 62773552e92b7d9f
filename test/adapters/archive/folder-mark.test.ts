import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openArchiveDatabase } from '../../../nodes/adapters/archive/database/archive-database.ts';
import { postgresDialect } from '../../../nodes/adapters/archive/database/postgres-dialect.ts';
import { FolderMark } from '../../../nodes/adapters/archive/folder-mark.ts';
import { startPostgres } from '../../fixtures/postgres.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

test('of many that begin at once all agree on the folder; another one is refused, also to a worker that comes first', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const folder = await temporaryFolder(t);
  for (let round = 0; round < 5; round++) {
    const url = await postgres.createDatabase(`mark${round}`);
    const opened = await Promise.all([1, 2, 3].map(async () => openArchiveDatabase(await postgresDialect(url))));
    try {
      const shared = join(folder, `shared-${round}`);
      const [first] = opened;
      assert.ok(first);
      const refused = { code: 'STORE_REFUSED', isRetryable: true };
      await assert.rejects(new FolderMark(shared, first, { mayMake: false }).check(), refused);
      await Promise.all(opened.map((database) => new FolderMark(shared, database, { mayMake: true }).check()));
      await new FolderMark(shared, first, { mayMake: false }).check();
      await assert.rejects(new FolderMark(join(folder, 'own'), first, { mayMake: true }).check(), refused);
    } finally {
      await Promise.all(opened.map((database) => database.destroy()));
    }
  }
});
