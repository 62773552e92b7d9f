import type { Dispose } from './time/clock.ts';

/** The PostgreSQL databases that capture-postgres config nodes have declared, by node id; they come and go with deploys. */
export class DatabaseAddresses {
  readonly #urls = new Map<string, string>();

  /** `url` has user and password in it. The returned function takes it back. */
  add(id: string, url: string): Dispose {
    this.#urls.set(id, url);
    return () => {
      if (this.#urls.get(id) === url) this.#urls.delete(id);
    };
  }

  get(id: string): string | undefined {
    return this.#urls.get(id);
  }
}
