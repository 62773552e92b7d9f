import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Route } from '../adapters/http/router.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Shares } from '../core/playback/shares.ts';
import type { ApiContext } from './api-context.ts';
import { doorOf } from './channel-routes.ts';
import { instant } from './input.ts';
import { iso } from './recording-json.ts';

const dayMs = 24 * 3600_000;
const shareBody = z.strictObject({
  channel: z.string(),
  start: instant,
  end: instant,
  expiresInMs: z
    .number()
    .int()
    .default(7 * dayMs),
});

/** Links that show a range of a channel without a login. */
export function shareRoutes(context: ApiContext): Route[] {
  const need = (): Shares => {
    const { shares } = context.station();
    if (shares) return shares;
    throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive', { isRetryable: true });
  };
  return [
    {
      method: 'POST',
      path: '/shares',
      role: 'operator',
      async handle(call) {
        const { channel, start, end, expiresInMs } = readArguments(shareBody, await readJsonBody(call.request));
        const door = doorOf(context);
        if (!door.isUsed) throw new ReelflowError('CHANNEL_UNKNOWN', `there is no channel "${channel}"`);
        // A link to a channel that is not there would only be found out by those who get it.
        await (await door.open()).channel(channel);
        const { path, expiresAt } = need().share({ channel, startMs: start, endMs: end }, expiresInMs);
        return { status: 201, body: { url: path, expiresAt: iso(expiresAt) }, headers: { Location: path } };
      },
    },
    {
      method: 'DELETE',
      path: '/shares',
      role: 'admin',
      handle() {
        need().revokeAll();
        return { status: 204 };
      },
    },
  ];
}
