import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ReelflowError } from '../../core/errors.ts';
import { trustedAuthorities } from '../tls/trusted-authorities.ts';

/** The authorities trusted for https: Node's, the system's as curl does, and a file of one's own. */
export class TrustedCertificates {
  readonly #file: string | undefined;
  #made: { context: SecureContext; version: number } | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Follows changes of the file. @throws OPENCAST_TLS when it can not be read */
  async context(): Promise<SecureContext> {
    const version =
      this.#file === undefined ? 0 : await this.#access(this.#file, async (path) => (await stat(path)).mtimeMs);
    if (this.#made?.version === version) return this.#made.context;
    const own = this.#file === undefined ? undefined : await this.#access(this.#file, (path) => readFile(path, 'utf8'));
    const context = createSecureContext({ ca: trustedAuthorities(own) });
    this.#made = { context, version };
    return context;
  }

  async #access<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
    try {
      return await read(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw new ReelflowError('OPENCAST_TLS', `the certificate file ${path} can not be read (${code})`, {
        cause: error,
        isRetryable: true,
        field: 'caFile',
      });
    }
  }
}
