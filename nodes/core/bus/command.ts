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
  verb: string;
  /** Least role that may give it. */
  role: Role;
  /** Validates and defaults the arguments (without `id` and `at`). */
  args: z.ZodType<Args>;
  run(args: Args, caller: Caller): Promise<Result>;
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

/** Runs commands: schema, permission, once per id, `at`, always an answer, audit. Implemented by CommandDispatcher. */
export interface Commands {
  register<Args, Result>(spec: CommandSpec<Args, Result>): void;
  /** Never rejects. */
  dispatch(request: CommandRequest, caller: Caller): Promise<CommandReply>;
  verbs(): { verb: string; role: Role; args: z.ZodType }[];
}
