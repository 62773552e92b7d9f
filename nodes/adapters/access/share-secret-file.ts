import { rmSync } from 'node:fs';
import type { ShareSecret } from '../../core/playback/shares.ts';
import { keptSecret } from './private-file.ts';

/** The secret of shared links as a file that only its owner may read. */
export class ShareSecretFile implements ShareSecret {
  readonly #path: string;
  #secret: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  read(): string {
    this.#secret ??= keptSecret(this.#path);
    return this.#secret;
  }

  renew(): void {
    rmSync(this.#path, { force: true });
    this.#secret = keptSecret(this.#path);
  }
}
