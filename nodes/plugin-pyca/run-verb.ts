import { randomUUID } from 'node:crypto';
import type { Call } from '../adapters/http/router.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';

/** A verb of the bus, so that roles, audit and validation are those of every other door. Throws its error. */
export async function runVerb(station: Station, { caller }: Call, verb: string, args: object): Promise<unknown> {
  const reply = await station.commands.dispatch({ id: randomUUID(), verb, args }, caller);
  if (reply.ok) return reply.result;
  const { code, message, field } = reply.error;
  throw new ReelflowError(code, message, field === undefined ? {} : { field });
}
