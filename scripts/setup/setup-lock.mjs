import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './say.mjs';

/**
 * Runs `work` while no other bootstrap works on this clone: two `npm ci` at once leave half an install. A lock whose
 * owner is gone (crash, power cut) is taken over.
 */
export async function withSetupLock(root, work) {
  const folder = join(root, '.cache');
  const file = join(folder, 'setup.lock');
  mkdirSync(folder, { recursive: true });
  let isTold = false;
  while (!claim(file)) {
    if (!isTold) say('another npm command is setting this clone up; waiting for it');
    isTold = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function claim(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isOwnerAlive(file)) rmSync(file, { force: true });
  return false;
}

function isOwnerAlive(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // Empty for a moment between open and write: counts as alive, the next look decides.
    if (!pid) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the owner lives, but belongs to another user.
    return error.code === 'EPERM';
  }
}
