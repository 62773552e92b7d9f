import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasMembers } from '../../../nodes/adapters/process/identity.ts';
import { DataRootFolders } from '../../../nodes/adapters/recordings/data-root-folders.ts';

test('tools of captures that were not taken up are ended, with their children; others are left alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'strays-'));
  // The data root may be a link; the kernel names the folder itself.
  const link = `${root}-link`;
  await symlink(root, link);
  const tools = await Promise.all(
    ['captures/stray', 'captures/adopted', 'recordings/stray'].map(async (name) => {
      await mkdir(join(root, name), { recursive: true });
      const child = spawn('sh', ['-c', 'trap "" INT; sleep 600; true'], {
        cwd: join(root, name),
        detached: true,
        stdio: 'ignore',
      });
      await once(child, 'spawn');
      return child;
    }),
  );
  const [stray, ...others] = tools;
  try {
    assert.ok(stray);
    const ended = once(stray, 'exit');
    await new DataRootFolders(link).endStrayTools(new Set(['adopted']));
    await ended;
    assert.equal(await hasMembers(stray.pid ?? 0), false);
    for (const other of others) assert.equal(other.exitCode ?? other.signalCode, null);
  } finally {
    for (const { pid, exitCode, signalCode } of tools) {
      if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    }
    await rm(link);
    await rm(root, { recursive: true });
  }
});

test('a data root without captures has no strays', async () => {
  await new DataRootFolders(join(tmpdir(), 'reelflow-no-such-folder')).endStrayTools(new Set());
});
