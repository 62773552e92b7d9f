import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskFiles } from '../../../nodes/adapters/files/disk-files.ts';
import { fileError } from '../../../nodes/adapters/files/file-error.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { mountTmpfs } from './fixtures/mounts.ts';

const files = new DiskFiles();
const work = { abort: new AbortController().signal };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a copy has the content, the checksum of the source, and tells how far it is', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = randomBytes(3 * 1024 * 1024 + 17);
  await writeFile(join(folder, 'source'), bytes);
  const seen: number[] = [];
  const onProgress = (done: number): void => void seen.push(done);
  assert.equal(
    await files.copy(join(folder, 'source'), join(folder, 'target'), { ...work, onProgress }),
    sha256(bytes),
  );
  assert.equal(await files.checksum(join(folder, 'target.partial'), work), sha256(bytes));
  assert.equal(await files.size(join(folder, 'target')), undefined);
  await files.commit(join(folder, 'target'));
  assert.deepEqual(await readFile(join(folder, 'target')), bytes);
  assert.deepEqual((await readdir(folder)).sort(), ['source', 'target']);
  assert.ok(seen.length > 3);
  assert.equal(seen.at(-1), bytes.length);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
});

test('a copy that was cut off goes on from there; its checksum is that of the whole source', async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = randomBytes(4 * 1024 * 1024);
  await writeFile(join(folder, 'source'), bytes);
  const stop = new AbortController();
  const first = files.copy(join(folder, 'source'), join(folder, 'target'), {
    abort: stop.signal,
    onProgress: (done) => {
      if (done > 1024 * 1024) stop.abort(new Error('cut off'));
    },
  });
  await assert.rejects(first, { message: 'cut off' });
  const { size } = await stat(join(folder, 'target.partial'));
  assert.ok(size > 0 && size < bytes.length, String(size));
  const seen: number[] = [];
  const again = { ...work, onProgress: (done: number): void => void seen.push(done) };
  assert.equal(await files.copy(join(folder, 'source'), join(folder, 'target'), again), sha256(bytes));
  assert.equal(seen[0], size);
  assert.deepEqual(await readFile(join(folder, 'target.partial')), bytes);
});

test('a beginning that is longer than the source is thrown away', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'source'), 'short');
  await writeFile(join(folder, 'target.partial'), 'something longer from elsewhere');
  await files.copy(join(folder, 'source'), join(folder, 'target'), work);
  assert.equal(await readFile(join(folder, 'target.partial'), 'utf8'), 'short');
});

test('nothing is ever replaced by a commit, a link least of all', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'target.partial'), 'new');
  await writeFile(join(folder, 'target'), 'old');
  await assert.rejects(files.commit(join(folder, 'target')), { code: 'TARGET_EXISTS' });
  assert.equal(await readFile(join(folder, 'target'), 'utf8'), 'old');
  await writeFile(join(folder, 'link.partial'), 'new');
  await symlink('nowhere', join(folder, 'link'));
  await assert.rejects(files.commit(join(folder, 'link')), { code: 'TARGET_EXISTS' });
  assert.equal(await files.size(join(folder, 'link')), -1);
});

test('a partial file that is a link is not written through', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'source'), 'content');
  await writeFile(join(folder, 'precious'), 'precious');
  await symlink('precious', join(folder, 'target.partial'));
  await assert.rejects(files.copy(join(folder, 'source'), join(folder, 'target'), work));
  assert.equal(await readFile(join(folder, 'precious'), 'utf8'), 'precious');
});

test('names are placed inside the folder; links may point within it, not out of it', async (t) => {
  const folder = await temporaryFolder(t);
  const target = join(folder, 'target');
  await mkdir(join(target, 'real'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await symlink('real', join(target, 'within'));
  await symlink('../outside', join(target, 'out'));
  assert.equal(await files.place(target, 'a/b/c.mp4'), join(target, 'a/b/c.mp4'));
  assert.equal(await files.place(target, 'within/c.mp4'), join(target, 'real/c.mp4'));
  for (const name of ['out/c.mp4', 'out/deeper/c.mp4', '../c.mp4', 'a/../../c.mp4', '/etc/c.mp4', '', 'a//b', '.']) {
    await assert.rejects(files.place(target, name), { code: 'PATH_OUTSIDE' }, name);
  }
  assert.deepEqual(await readdir(join(folder, 'outside')), []);
});

test('small files are written in one step, over the old one', async (t) => {
  const path = join(await temporaryFolder(t), 'x.json');
  await files.writeText(path, 'one');
  await files.writeText(path, 'two');
  assert.equal(await files.readText(path), 'two');
  assert.equal(await files.readText(`${path}.nothing`), undefined);
  await files.removeSource(path);
  await files.removeSource(path);
  assert.equal(await files.size(path), undefined);
});

test('the target folder is made, or must be there, mounted, or marked', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = join(folder, 'a', 'b');
  await assert.rejects(files.openTarget(missing, 'exists'), { code: 'TARGET_MISSING', isRetryable: true });
  await assert.rejects(files.openTarget(missing, 'mounted'), { code: 'TARGET_MISSING' });
  const { freeBytes } = await files.openTarget(missing, 'create');
  assert.ok(freeBytes > 0);
  await files.openTarget(missing, 'exists');
  await assert.rejects(files.openTarget(missing, 'marker'), {
    code: 'TARGET_NOT_MOUNTED',
    message: /\.reelflow-target/,
  });
  await writeFile(join(missing, '.reelflow-target'), '');
  await files.openTarget(missing, 'marker');
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(files.openTarget(join(folder, 'file'), 'exists'), { code: 'TARGET_MISSING' });
});

test('a mount point with nothing mounted is refused, with a mount it is taken', async (t) => {
  // The folder of temporary files may be a mount itself; the root never is another than itself.
  await assert.rejects(files.openTarget('/', 'mounted'), { code: 'TARGET_NOT_MOUNTED' });
  const { freeBytes } = await files.openTarget(mountTmpfs(t, '1m').folder, 'mounted');
  assert.ok(freeBytes > 0 && freeBytes <= 1024 * 1024);
});

test('a full target says so, and the half file goes', async (t) => {
  const folder = await temporaryFolder(t);
  const share = mountTmpfs(t, '1m');
  await writeFile(join(folder, 'source'), randomBytes(2 * 1024 * 1024));
  await assert.rejects(files.copy(join(folder, 'source'), join(share.folder, 'target'), work), {
    code: 'TARGET_FULL',
    message: /no space is left \(ENOSPC\)/,
  });
  assert.deepEqual(await readdir(share.folder), []);
});

test('a read-only target says so', async (t) => {
  const share = mountTmpfs(t, '1m');
  share.remount('ro');
  await assert.rejects(files.openTarget(share.folder, 'exists'), { code: 'TARGET_READ_ONLY' });
});

test('errors of the system are told in words, with who is to blame', () => {
  const system = (code: string) => Object.assign(new Error(code), { code });
  const codeOf = (error: unknown) => (error as ReelflowError).code;
  assert.equal(codeOf(fileError(system('EACCES'), 'TARGET', '/x')), 'TARGET_READ_ONLY');
  assert.equal(codeOf(fileError(system('EACCES'), 'SOURCE', '/x')), 'SOURCE_UNREADABLE');
  assert.equal(codeOf(fileError(system('EDQUOT'), 'TARGET', '/x')), 'TARGET_FULL');
  assert.equal(codeOf(fileError(system('ESTALE'), 'TARGET', '/x')), 'TARGET_UNREACHABLE');
  const own = new ReelflowError('OWN', 'own');
  assert.equal(fileError(own, 'TARGET', '/x'), own);
  const unknown = system('EWEIRD');
  assert.equal(fileError(unknown, 'TARGET', '/x'), unknown);
});

test('a missing source is told from a missing target', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'source'), 'x');
  await assert.rejects(files.copy(join(folder, 'nothing'), join(folder, 'target'), work), { code: 'SOURCE_MISSING' });
  await assert.rejects(files.copy(join(folder, 'source'), join(folder, 'gone', 'target'), work), {
    code: 'TARGET_MISSING',
  });
});
