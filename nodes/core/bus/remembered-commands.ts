import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { CommandReply } from './command.ts';
import type { CommandMemory } from './command-memory.ts';

interface Remembered {
  fingerprint: string;
  answer: Promise<CommandReply>;
  /** Absent while it waits for its `at`, and for commands that change nothing: those are not kept over a restart. */
  begunAt?: number;
  settled?: { at: number; reply: CommandReply };
}

export interface RememberLimits {
  rememberMs: number;
  mostRemembered: number;
}

/** Which commands were given of late: the same one again gets the same answer and is not run again. */
export class RememberedCommands {
  readonly #clock: Clock;
  readonly #limits: RememberLimits;
  readonly #memory: CommandMemory | undefined;
  readonly #log: Log;
  /** Oldest first. */
  readonly #commands = new Map<string, Remembered>();

  constructor(clock: Clock, limits: RememberLimits, memory: CommandMemory | undefined, log: Log) {
    this.#clock = clock;
    this.#limits = limits;
    this.#memory = memory;
    this.#log = log;
    this.#load();
  }

  get size(): number {
    return this.#commands.size;
  }

  /** The answer, or the one to come, of a command given before. Throws ID_REUSED when it was another one. */
  find(key: string, fingerprint: string): Promise<CommandReply> | undefined {
    this.#forgetOld();
    const known = this.#commands.get(key);
    if (!known) return undefined;
    if (known.fingerprint === fingerprint) return known.answer;
    throw new ReelflowError('ID_REUSED', 'this id was used for another command; give each command an id of its own', {
      field: 'id',
    });
  }

  /** Throws TOO_MANY_COMMANDS when so many are under way that none can be forgotten. */
  add(key: string, fingerprint: string, answer: Promise<CommandReply>): void {
    if (this.#commands.size >= this.#limits.mostRemembered) this.#forgetOne();
    this.#commands.set(key, { fingerprint, answer });
  }

  /** Call before what can not be undone is begun. */
  begin(key: string): void {
    const known = this.#commands.get(key);
    if (!known) return;
    known.begunAt = this.#clock.now();
    this.#keep();
  }

  settle(key: string, reply: CommandReply): void {
    const known = this.#commands.get(key);
    if (!known) return;
    known.settled = { at: this.#clock.now(), reply };
    if (known.begunAt !== undefined) this.#keep();
  }

  /** A command that was not begun may be given again under its id. */
  forget(key: string): void {
    this.#commands.delete(key);
  }

  #forgetOld(): void {
    const before = this.#clock.now() - this.#limits.rememberMs;
    for (const [key, { settled }] of this.#commands) {
      if (settled && settled.at < before) this.#commands.delete(key);
    }
  }

  #forgetOne(): void {
    for (const [key, { settled }] of this.#commands) {
      if (!settled) continue;
      this.#commands.delete(key);
      return;
    }
    throw new ReelflowError('TOO_MANY_COMMANDS', 'too many commands are waiting or running; try again later', {
      isRetryable: true,
    });
  }

  #keep(): void {
    if (!this.#memory) return;
    const kept = [...this.#commands].flatMap(([key, { fingerprint, begunAt, settled }]) =>
      begunAt === undefined ? [] : [{ key, fingerprint, begunAt, ...(settled ? { reply: settled.reply } : {}) }],
    );
    try {
      this.#memory.save(kept);
    } catch (error) {
      // The command itself matters more than remembering it.
      this.#log.warn(`commands: could not be kept: ${toReelflowError(error).message}`);
    }
  }

  #load(): void {
    for (const { key, fingerprint, begunAt, reply } of this.#memory?.load() ?? []) {
      const answer = reply ?? interrupted(key);
      const at = this.#clock.now();
      this.#commands.set(key, {
        fingerprint,
        begunAt,
        answer: Promise.resolve(answer),
        settled: { at: Math.min(begunAt, at), reply: answer },
      });
    }
  }
}

function interrupted(key: string): CommandReply {
  const message = 'the agent was restarted while this ran; look what came of it before giving it again with a new id';
  return { id: key.slice(key.indexOf(' ') + 1), ok: false, error: { code: 'COMMAND_INTERRUPTED', message } };
}
