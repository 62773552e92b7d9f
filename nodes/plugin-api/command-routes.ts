import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Answer, Call, Route } from '../adapters/http/router.ts';
import type { CommandReply } from '../core/bus/command.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import type { ApiContext } from './api-context.ts';
import { dispatch, resultOf } from './commands.ts';
import { instant } from './input.ts';

/** As on the bus: `id` and `at` beside the verb's own arguments. */
const request = z.object({ id: z.string().min(1).max(128).optional(), at: instant.optional() }).catchall(z.unknown());

/** Every verb of the bus over HTTP, for programs that do not speak MQTT. */
export function commandRoutes(context: ApiContext, patienceMs: number): Route[] {
  return [
    {
      method: 'GET',
      path: '/commands',
      role: 'viewer',
      handle() {
        const commands = context
          .station()
          .commands.verbs()
          .map(({ verb, role, args, summary }) => ({ verb, role, summary, args: schemaOf(args) }));
        return { status: 200, body: { commands } };
      },
    },
    {
      method: 'POST',
      path: '/commands/{verb...}',
      // The verb's own role is checked where it is run.
      role: 'viewer',
      handle: (call) => command(context, call, patienceMs),
    },
  ];
}

async function command(context: ApiContext, call: Call, patienceMs: number): Promise<Answer> {
  const station = context.station();
  const { id, at, ...args } = readArguments(request, await readJsonBody(call.request));
  const command = {
    verb: call.params['verb'] ?? '',
    args,
    id: id ?? crypto.randomUUID(),
    ...(at === undefined ? {} : { at }),
  };
  const reply = await within(dispatch(call, station, command), patienceMs);
  if (!reply) return { status: 202, body: { id: command.id, isDone: false } };
  return { status: 200, body: { id: command.id, isDone: true, result: resultOf(reply) } };
}

/** A command for a later instant is not waited for; its answer is there for who sends the same id again. */
async function within(reply: Promise<CommandReply>, patienceMs: number): Promise<CommandReply | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  try {
    return await Promise.race([reply, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** JSON Schema of the arguments; what JSON Schema can not say is left open. */
function schemaOf(args: z.ZodType): unknown {
  return z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' });
}
