import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import { makeFoldersSync } from '../files/make-folders.ts';

export interface DataFolder {
  root: string;
  /** Node-RED's userDir. */
  nodeRed: string;
  /** Users, tokens, session secret. */
  access: string;
  /** V8's compiled code, so that the next start has not to compile it again. May be deleted at any time. */
  code: string;
  flowFile: string;
  credentialSecret: string;
}

/**
 * Makes the data folder, for its owner only. One that is there already keeps its mode, because recordings in it may be
 * shared on purpose; what holds secrets inside it is closed in any case.
 */
export function openDataFolder(root: string): DataFolder {
  makeRoot(root);
  const folder = {
    root,
    nodeRed: join(root, 'node-red'),
    access: join(root, 'access'),
    code: join(root, 'code-cache'),
    flowFile: join(root, 'flows.json'),
    credentialSecret: join(root, 'access', 'credential-secret'),
  };
  // Code is run from one of them: nobody else may write there.
  for (const closed of [folder.nodeRed, folder.access, folder.code]) {
    mkdirSync(closed, { recursive: true, mode: 0o700 });
    chmodSync(closed, 0o700);
  }
  return folder;
}

function makeRoot(root: string): void {
  try {
    makeFoldersSync(root, 0o700);
    accessSync(root, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new ReelflowError(
      'BAD_ENVIRONMENT',
      `REELFLOW_DATA=${JSON.stringify(root)} is not allowed: use a folder that can be made and written to${reason}`,
      { cause, field: 'REELFLOW_DATA' },
    );
  }
}
