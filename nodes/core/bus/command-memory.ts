import type { KeyValueStore } from '../state/key-value-store.ts';
import type { CommandReply } from './command.ts';

/** A command that was begun, so that the same one is not run again after a restart. */
export interface KeptCommand {
  /** Sender and id. */
  key: string;
  fingerprint: string;
  begunAt: number;
  /** Absent: it was running when this was kept. */
  reply?: CommandReply;
}

/** Port: keeps what was commanded of late over a restart. */
export interface CommandMemory {
  load(): KeptCommand[];
  save(commands: readonly KeptCommand[]): void;
}

const storeKey = 'commands';
const mostKept = 200;

/** On the key-value store: one small JSON list, oldest first. Commands are rare, so it is written whole. */
export class StoredCommandMemory implements CommandMemory {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  load(): KeptCommand[] {
    return this.#store.get<KeptCommand[]>(storeKey) ?? [];
  }

  save(commands: readonly KeptCommand[]): void {
    this.#store.set(storeKey, commands.slice(-mostKept));
  }
}
