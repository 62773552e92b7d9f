import { open, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';

/** While it is written a file has this name, so that nobody takes half a file for a whole one. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** `/a/b.mp4` and 2 give `/a/b-part-2.mp4`; part 1 keeps its name. */
export function partPath(path: string, part: number, extension = extname(path)): string {
  const stem = path.slice(0, path.length - extname(path).length);
  return part === 1 ? stem + extension : `${stem}-part-${part}${extension}`;
}

/** Makes a written file whole: on the disk first, then under its name, so that a power cut leaves all of it or none. */
export async function finishFile(path: string): Promise<void> {
  const partial = partialPath(path);
  await sync(partial);
  await rename(partial, path);
  await sync(dirname(path));
}

export async function dropPartial(path: string): Promise<void> {
  await rm(partialPath(path), { force: true });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
