import type { Dispose } from '../time/clock.ts';
import type { OpencastCore } from './opencast-core.ts';

/** The Opencast cores that capture-opencast config nodes have declared, by node id; they come and go with deploys. */
export class OpencastCores {
  readonly #cores = new Map<string, OpencastCore>();
  readonly #listeners = new Set<() => void>();

  /** The returned function takes it back. */
  add(id: string, core: OpencastCore): Dispose {
    this.#cores.set(id, core);
    this.#notify();
    return () => {
      if (this.#cores.get(id) !== core) return;
      this.#cores.delete(id);
      this.#notify();
    };
  }

  get(id: string): OpencastCore | undefined {
    return this.#cores.get(id);
  }

  list(): [id: string, core: OpencastCore][] {
    return [...this.#cores];
  }

  onChange(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
