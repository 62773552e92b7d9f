import type { z } from 'zod';

export type Role = 'viewer' | 'operator' | 'admin';

/** Who asks, for permission and audit. */
export interface Caller {
  user: string;
  role: Role;
  via: 'http' | 'mqtt' | 'dashboard' | 'flow';
}

/** A verb of the bus (`record/start`); HTTP routes and the dashboard run the same ones. */
export interface CommandSpec<Args, Result> {
  /** Several words joined by `/`; a verb that ends in `/#` takes all below it that have no own spec. */
  verb: string;
  /** Least role that may give it. */
  role: Role;
  /** Validates and defaults the arguments (without `id` and `at`). */
  args: z.ZodType<Args>;
  /** The result is JSON as it goes over the bus: times ISO 8601, no paths of this machine. */
  run(args: Args, caller: Caller, request: CommandRequest): Promise<Result>;
  /** Changes nothing: not audited, and not kept over a restart. */
  isReadOnly?: boolean;
  /** One sentence for people, shown by `agent/describe`. */
  summary?: string;
  /** Answered with COMMAND_TIMEOUT after this; default 60 s. What was begun goes on. */
  timeoutMs?: number;
}

export interface CommandRequest {
  id: string;
  verb: string;
  args: unknown;
  /** Epoch ms: be ready now, act then. */
  at?: number;
}

export type CommandReply =
  | { id: string; ok: true; result: unknown }
  | { id: string; ok: false; error: { code: string; message: string; field?: string } };

export interface DescribedVerb {
  verb: string;
  role: Role;
  args: z.ZodType;
  summary?: string;
}

/** Runs commands: schema, permission, once per id, `at`, always an answer, audit. Implemented by CommandDispatcher. */
export interface Commands {
  /**
   * Declares a verb, until `signal` is aborted where one is given (nodes come and go).
   * Throws VERB_TAKEN, VERB_INVALID.
   */
  register<Args, Result>(spec: CommandSpec<Args, Result>, signal?: AbortSignal): void;
  /** Never rejects. */
  dispatch(request: CommandRequest, caller: Caller): Promise<CommandReply>;
  verbs(): DescribedVerb[];
}
