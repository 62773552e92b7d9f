import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDataRoot } from '../../../nodes/adapters/sqlite/data-root-lock.ts';

test('a data folder belongs to one process; after its kill -9 the next one gets it at once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'instance.lock');
  const module = join(import.meta.dirname, '../../../nodes/adapters/sqlite/data-root-lock.ts');
  const script = `import { lockDataRoot } from ${JSON.stringify(module)};
    lockDataRoot(${JSON.stringify(path)}, 'data'); console.log('locked'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  assert.throws(() => lockDataRoot(path, '/srv/data'), { code: 'DATA_IN_USE', field: 'REELFLOW_DATA' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const release = lockDataRoot(path, '/srv/data');
  release();
  lockDataRoot(path, '/srv/data')();
});
