import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditLog } from '../access/audit.ts';
import { hasRole } from '../access/users.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import { redact } from '../redact.ts';
import type { Clock } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { Caller, CommandReply, CommandRequest, CommandSpec, Commands, DescribedVerb } from './command.ts';
import type { CommandMemory } from './command-memory.ts';
import { readArguments } from './read-arguments.ts';
import { RememberedCommands } from './remembered-commands.ts';
import { checkVerb } from './topics.ts';

export interface CommandSurroundings {
  clock: Clock;
  /** Started by its owner. */
  loop: Pick<InstantLoop, 'at' | 'after'>;
  log: Log;
  audit?: AuditLog;
  /** Without one, what was commanded is forgotten by a restart. */
  memory?: CommandMemory;
  limits?: Partial<CommandLimits>;
}

export interface CommandLimits {
  /** How long an id is remembered after its answer. */
  rememberMs: number;
  mostRemembered: number;
  /** How far ahead `at` may lie. */
  horizonMs: number;
  /** How late `at` may come: a command that spent some time on its way is still done. */
  lateMs: number;
  timeoutMs: number;
}

const hour = 3600_000;
const defaults: CommandLimits = {
  rememberMs: hour,
  mostRemembered: 1000,
  horizonMs: 24 * hour,
  lateMs: 5000,
  timeoutMs: 60_000,
};

type AnySpec = CommandSpec<unknown, unknown>;

/** Runs commands, whoever they come from: schema, permission, once per id, `at`, always an answer, audit. */
export class CommandDispatcher implements Commands {
  readonly #around: CommandSurroundings;
  readonly #limits: CommandLimits;
  readonly #specs = new Map<string, AnySpec>();
  readonly #remembered: RememberedCommands;
  readonly #closing = new AbortController();

  constructor(around: CommandSurroundings) {
    this.#around = around;
    this.#limits = { ...defaults, ...around.limits };
    this.#remembered = new RememberedCommands(around.clock, this.#limits, around.memory, around.log);
  }

  register<Args, Result>(spec: CommandSpec<Args, Result>, signal?: AbortSignal): void {
    if (spec.verb !== '#') checkVerb(spec.verb.replace(/\/#$/, ''));
    if (this.#specs.has(spec.verb)) {
      throw new ReelflowError('VERB_TAKEN', `the command "${spec.verb}" is there already`, { field: 'verb' });
    }
    if (signal?.aborted) return;
    // Arguments are checked by the spec's own schema before its run gets them.
    const entry = spec as unknown as AnySpec;
    this.#specs.set(spec.verb, entry);
    signal?.addEventListener('abort', () => {
      if (this.#specs.get(spec.verb) === entry) this.#specs.delete(spec.verb);
    });
  }

  verbs(): DescribedVerb[] {
    const described = [...this.#specs.values()].map(({ verb, role, args, summary }) => ({
      verb,
      role,
      args,
      ...(summary === undefined ? {} : { summary }),
    }));
    return described.sort((a, b) => (a.verb < b.verb ? -1 : 1));
  }

  async dispatch(request: CommandRequest, caller: Caller): Promise<CommandReply> {
    let spec: AnySpec | undefined;
    try {
      spec = this.#find(request.verb);
      if (!hasRole(caller.role, spec.role)) {
        throw new ReelflowError('FORBIDDEN', `${request.verb} needs the role ${spec.role}, not ${caller.role}`);
      }
      return await this.#once(spec, request, caller);
    } catch (error) {
      const reply = refusal(request.id, error);
      this.#note(request, caller, reply);
      return reply;
    }
  }

  /** Commands that wait for their `at` are answered with AGENT_STOPPING; later ones too. */
  close(): void {
    this.#closing.abort();
  }

  #find(verb: string): AnySpec {
    const exact = this.#specs.get(verb);
    if (exact && !verb.endsWith('#')) return exact;
    const words = verb.split('/');
    while (words.length > 0) {
      words.pop();
      const spec = this.#specs.get([...words, '#'].join('/'));
      if (spec) return spec;
    }
    throw new ReelflowError('VERB_UNKNOWN', `there is no command "${verb}"; agent/describe lists them`, {
      field: 'verb',
    });
  }

  #once(spec: AnySpec, request: CommandRequest, caller: Caller): Promise<CommandReply> {
    if (!/^[\x21-\x7e]{1,128}$/.test(request.id)) {
      throw new ReelflowError('VALIDATION', 'id: 1 to 128 printable characters without spaces', { field: 'id' });
    }
    const key = `${caller.user.replaceAll(' ', '_')} ${request.id}`;
    const fingerprint = fingerprintOf(request);
    const known = this.#remembered.find(key, fingerprint);
    if (known) return known;
    const args = readArguments(spec.args, request.args === undefined ? {} : request.args);
    this.#checkAt(request.at);
    const { promise, resolve } = Promise.withResolvers<CommandReply>();
    this.#remembered.add(key, fingerprint, promise);
    resolve(this.#carryOut(spec, args, request, caller, key));
    return promise;
  }

  #checkAt(at: number | undefined): void {
    if (at === undefined) return;
    const aheadMs = at - this.#around.clock.now();
    if (!Number.isFinite(at) || aheadMs > this.#limits.horizonMs) {
      const hours = this.#limits.horizonMs / hour;
      throw new ReelflowError('AT_TOO_FAR', `at: must be within the next ${hours} hours`, { field: 'at' });
    }
    if (aheadMs < -this.#limits.lateMs) {
      throw new ReelflowError('AT_PASSED', 'at: is over; compare the clocks of both machines', { field: 'at' });
    }
  }

  async #carryOut(
    spec: AnySpec,
    args: unknown,
    request: CommandRequest,
    caller: Caller,
    key: string,
  ): Promise<CommandReply> {
    try {
      await this.#waitFor(request.at);
    } catch (error) {
      // Not begun: the same command may come again.
      this.#remembered.forget(key);
      return refusal(request.id, error);
    }
    if (!spec.isReadOnly) this.#remembered.begin(key);
    const reply = await this.#run(spec, args, request, caller);
    this.#remembered.settle(key, reply);
    if (!spec.isReadOnly) this.#note(request, caller, reply);
    return reply;
  }

  async #run(spec: AnySpec, args: unknown, request: CommandRequest, caller: Caller): Promise<CommandReply> {
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const limitMs = spec.timeoutMs ?? this.#limits.timeoutMs;
    const stopTimer = this.#around.loop.after(limitMs, () =>
      reject(new ReelflowError('COMMAND_TIMEOUT', `${request.verb} had no result after ${limitMs / 1000} s`)),
    );
    try {
      const result = (await Promise.race([spec.run(args, caller, request), timeout])) ?? null;
      return { id: request.id, ok: true, result };
    } catch (error) {
      return refusal(request.id, error);
    } finally {
      stopTimer();
    }
  }

  #waitFor(at: number | undefined): Promise<void> {
    const { signal } = this.#closing;
    const stopping = (): ReelflowError =>
      new ReelflowError('AGENT_STOPPING', 'the agent is being stopped', { isRetryable: true });
    if (signal.aborted) return Promise.reject(stopping());
    if (at === undefined || at <= this.#around.clock.now()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onStop = (): void => {
        cancel();
        reject(stopping());
      };
      const cancel = this.#around.loop.at(at, () => {
        signal.removeEventListener('abort', onStop);
        resolve();
      });
      signal.addEventListener('abort', onStop, { once: true });
    });
  }

  #note({ verb, args }: CommandRequest, caller: Caller, reply: CommandReply): void {
    const brief = briefly(args);
    const detail = reply.ok ? brief : `${reply.error.code} ${brief}`.trim();
    try {
      const at = this.#around.clock.now();
      this.#around.audit?.append({ at, user: caller.user, via: caller.via, action: verb, detail, isOk: reply.ok });
    } catch (error) {
      this.#around.log.error(`audit: ${toReelflowError(error).message}`);
    }
  }
}

function refusal(id: string, thrown: unknown): CommandReply {
  const { code, message, field } = toReelflowError(thrown);
  return { id, ok: false, error: { code, message: redact(message), ...(field === undefined ? {} : { field }) } };
}

/** Tells two commands apart. A digest, because it is kept on the disk and arguments may have a camera's password. */
function fingerprintOf({ verb, args, at }: CommandRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([verb, args, at ?? null]))
    .digest('base64');
}

/** Arguments for the audit log: short, and nothing that looks like a secret. */
function briefly(args: unknown): string {
  const hide = (name: string, value: unknown): unknown =>
    /pass|secret|token|key|credential/i.test(name) && value !== undefined ? '***' : value;
  const text = redact(JSON.stringify(args, hide) ?? '');
  return text === '{}' ? '' : text.slice(0, 200);
}

/** Arguments of a verb that takes none. */
export const noArguments = z.strictObject({});
