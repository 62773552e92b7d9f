import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolders, makeFoldersSync } from '../../../nodes/adapters/files/make-folders.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const ways: Record<string, (path: string) => Promise<void>> = {
  makeFolders,
  makeFoldersSync: async (path) => makeFoldersSync(path, 0o700),
};

for (const [name, make] of Object.entries(ways)) {
  test(`${name}: all that are missing, and none again`, async (context) => {
    const path = join(await temporaryFolder(context), 'a', 'b', 'c');
    await make(path);
    await make(path);
    assert.equal((await stat(path)).isDirectory(), true);
  });

  test(`${name}: where none can be made it says so, and ends`, async (context) => {
    const root = await temporaryFolder(context);
    await writeFile(join(root, 'file'), '');
    await assert.rejects(make('/proc/reelflow/a/b'), { code: 'ENOENT' });
    await assert.rejects(make(join(root, 'file')), { code: 'EEXIST' });
    await assert.rejects(make(join(root, 'file', 'a', 'b')), { code: 'ENOTDIR' });
  });
}

test('two at once do not disturb each other', async (context) => {
  const path = join(await temporaryFolder(context), 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 20 }, () => makeFolders(path)));
});
