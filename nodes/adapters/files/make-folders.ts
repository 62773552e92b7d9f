import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing; one that is there is fine.
 *
 * Not `mkdir` with `recursive`: in Node.js 24 that never returns, at full speed, where the system answers ENOENT below a
 * folder that exists: in /proc, and under an automounter whose server is away.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    if (!isMissingParent(error, path)) throw error;
    await makeFolders(dirname(path));
    await mkdir(path).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
  }
}

/** The same, for a start. */
export function makeFoldersSync(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (isFolderSync(path)) return;
    if (!isMissingParent(error, path)) throw error;
    makeFoldersSync(dirname(path), mode);
    mkdirSync(path, mode);
  }
}

function isMissingParent(error: unknown, path: string): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path;
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isFolderSync(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
