import { randomUUID } from 'node:crypto';
import type { Call } from '../adapters/http/router.ts';
import type { CommandReply } from '../core/bus/command.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';

export interface CommandCall {
  verb: string;
  args: unknown;
  /** Who sends the same id twice wants it done once. */
  id?: string;
  /** Epoch ms */
  at?: number;
}

/**
 * Runs a verb of the bus for a request, so that HTTP, MQTT and the dashboard share validation, roles and audit.
 * Resolves with its result; throws its error.
 */
export async function runCommand(call: Call, station: Station, command: CommandCall): Promise<unknown> {
  return resultOf(await dispatch(call, station, command));
}

export function dispatch(call: Call, station: Station, command: CommandCall): Promise<CommandReply> {
  const { verb, args, at } = command;
  const id = command.id ?? idempotencyKey(call) ?? randomUUID();
  return station.commands.dispatch({ id, verb, args, ...(at === undefined ? {} : { at }) }, call.caller);
}

export function resultOf(reply: CommandReply): unknown {
  if (reply.ok) return reply.result;
  const { code, message, field } = reply.error;
  throw new ReelflowError(code, message, field === undefined ? {} : { field });
}

/** A client that did not hear the answer may ask again with the same key (draft-ietf-httpapi-idempotency-key-header). */
function idempotencyKey(call: Call): string | undefined {
  const key = call.request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const text = String(key).replace(/^"(.*)"$/, '$1');
  if (/^[\x21-\x7e]{1,128}$/.test(text)) return text;
  throw new ReelflowError('VALIDATION', 'Idempotency-Key: 1 to 128 printable characters without spaces', {
    field: 'Idempotency-Key',
  });
}
