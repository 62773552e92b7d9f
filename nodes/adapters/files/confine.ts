import { mkdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';

/**
 * Makes the sub-folders of a name, and answers with the name's absolute path below `folder`. Links among the sub-folders
 * are followed but must not lead out: they were put there by somebody else.
 *
 * @param name `/` between folders
 */
export async function placeInside(folder: string, name: string): Promise<string> {
  const segments = name.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'))) {
    throw outside(name, folder);
  }
  const root = await realpath(folder);
  const file = segments.pop() ?? '';
  let at = root;
  for (const segment of segments) {
    const next = join(at, segment);
    await mkdir(next).catch(ignoreExisting);
    at = await realpath(next);
    if (!isInside(root, at)) throw outside(name, folder);
  }
  return join(at, file);
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function outside(name: string, folder: string): ReelflowError {
  return new ReelflowError('PATH_OUTSIDE', `"${name}" leads out of ${folder}`);
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'EEXIST') return undefined;
  throw error;
}
