import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../../core/access/access.ts';
import { type ApiToken, checkRole, type TokenStore } from '../../core/access/users.ts';
import type { Role } from '../../core/bus/command.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { AccessFile, TokenRecord } from './access-file.ts';

const LIMIT = 200;

/** TokenStore on the access file. */
export class FileTokens implements TokenStore {
  readonly #file: AccessFile;

  constructor(file: AccessFile) {
    this.#file = file;
  }

  list(): ApiToken[] {
    return this.#file.record.tokens.map(shown);
  }

  create(name: string, role: Role): { token: ApiToken; secret: string } {
    checkRole(role);
    if (typeof name !== 'string' || !/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u.test(name)) {
      throw new ReelflowError(
        'TOKEN_NAME_INVALID',
        'name must be 1 to 64 letters, digits, spaces, dots, hyphens, underscores or @',
        { field: 'name' },
      );
    }
    if (this.#file.record.tokens.length >= LIMIT) {
      throw new ReelflowError('TOKEN_LIMIT', `there are ${LIMIT} tokens already; revoke those no longer used`);
    }
    const secret = `reelflow_${randomBytes(32).toString('base64url')}`;
    const token = { id: randomBytes(6).toString('hex'), name, role, hash: sha256(secret), createdAt: Date.now() };
    this.#file.record.tokens.push(token);
    this.#file.save();
    return { token: shown(token), secret };
  }

  revoke(id: string): void {
    const index = this.#file.record.tokens.findIndex((token) => token.id === id);
    if (index < 0) throw new ReelflowError('TOKEN_UNKNOWN', `there is no token ${JSON.stringify(id)}`, { field: 'id' });
    this.#file.record.tokens.splice(index, 1);
    this.#file.save();
  }

  /** Comparing hashes gives nothing away by its time: who could steer the hash would know the token. */
  check(secret: string): Identity | undefined {
    if (secret.length > 256) return undefined;
    const hash = sha256(secret);
    const token = this.#file.record.tokens.find((one) => one.hash === hash);
    return token && { user: `token:${token.name}`, role: token.role };
  }
}

const shown = ({ id, name, role, createdAt }: TokenRecord): ApiToken => ({ id, name, role, createdAt });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
