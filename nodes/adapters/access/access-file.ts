import { z } from 'zod';
import { ROLES } from '../../core/access/users.ts';
import { ReelflowError } from '../../core/errors.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const Schema = z.object({
  version: z.literal(1),
  users: z.array(
    z.object({
      name: z.string(),
      role: z.enum(ROLES),
      hash: z.string(),
      /** Raised with every new password and role: sessions and remembered passwords of before are worth nothing then. */
      generation: z.int(),
      createdAt: z.number(),
    }),
  ),
  tokens: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      role: z.enum(ROLES),
      /** SHA-256, hex: a random secret of 256 bits needs no slow hash. */
      hash: z.string(),
      createdAt: z.number(),
    }),
  ),
});

export type AccessRecord = z.infer<typeof Schema>;
export type UserRecord = AccessRecord['users'][number];
export type TokenRecord = AccessRecord['tokens'][number];

/** users.json in the data folder: who may log in, with hashes only. Owned by this process. */
export class AccessFile {
  readonly #path: string;
  readonly record: AccessRecord;
  readonly isNew: boolean;

  /** Throws ACCESS_FILE_BROKEN: letting people in by a file that cannot be read would be a guess. */
  constructor(path: string) {
    this.#path = path;
    const text = readPrivateFile(path);
    this.isNew = text === undefined;
    this.record = text === undefined ? { version: 1, users: [], tokens: [] } : parse(path, text);
  }

  save(): void {
    writePrivateFile(this.#path, `${JSON.stringify(this.record, null, 2)}\n`);
  }
}

function parse(path: string, text: string): AccessRecord {
  try {
    return Schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ReelflowError(
      'ACCESS_FILE_BROKEN',
      `${path} cannot be read as the list of users; restore it, or delete it to start over with a new admin password`,
      { cause },
    );
  }
}
