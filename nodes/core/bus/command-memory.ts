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
