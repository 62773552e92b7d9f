import { ReelflowError } from '../errors.ts';
import { isLevel } from './topics.ts';

/** Port: keeps the names of the groups over a restart. */
export interface GroupStore {
  load(): string[];
  save(groups: string[]): void;
}

const mostGroups = 32;

/** The groups this agent hears commands for (`reelflow/group/<name>/command/...`). */
export class Groups {
  readonly #store: GroupStore;
  readonly #names: Set<string>;

  constructor(store: GroupStore) {
    this.#store = store;
    this.#names = new Set(store.load());
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  list(): string[] {
    return [...this.#names].sort();
  }

  /** Throws GROUP_INVALID, TOO_MANY_GROUPS. */
  join(name: string): void {
    if (!isLevel(name)) {
      throw new ReelflowError('GROUP_INVALID', 'group: use letters, digits, hyphens and underscores', {
        field: 'group',
      });
    }
    if (this.#names.has(name)) return;
    if (this.#names.size >= mostGroups) {
      throw new ReelflowError('TOO_MANY_GROUPS', `an agent can be in ${mostGroups} groups; leave one first`);
    }
    this.#names.add(name);
    this.#store.save(this.list());
  }

  leave(name: string): void {
    if (this.#names.delete(name)) this.#store.save(this.list());
  }
}
