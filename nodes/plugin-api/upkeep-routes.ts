import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Route } from '../adapters/http/router.ts';
import type { UpkeepKind } from '../core/archive/archive.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import type { ApiContext } from './api-context.ts';
import { upkeepJson } from './archive-json.ts';
import { channelOf } from './channel-routes.ts';

const nothing = z.strictObject({});
const verifyBody = z.strictObject({ decode: z.boolean({ error: 'must be true or false' }).default(false) });

/** Work on all that is archived of a channel: verify, cleanup, rebuild. */
export function upkeepRoutes(context: ApiContext): Route[] {
  const order = (kind: UpkeepKind): Route => ({
    method: 'POST',
    path: `/channels/{name}/${kind}`,
    role: 'operator',
    async handle(call) {
      const { archive, name } = await channelOf(context, call);
      const body = await readJsonBody(call.request);
      const decodes = kind === 'verify' ? readArguments(verifyBody, body).decode : undefined;
      if (kind !== 'verify') readArguments(nothing, body);
      return { status: 202, body: { jobId: await archive.upkeep(kind, name, decodes ? { decodes } : {}) } };
    },
  });
  return [
    order('verify'),
    order('cleanup'),
    order('rebuild'),
    {
      method: 'GET',
      path: '/channels/{name}/upkeep',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await channelOf(context, call);
        return { status: 200, body: { jobs: (await archive.upkeepJobs(name)).map(upkeepJson) } };
      },
    },
    {
      method: 'POST',
      path: '/channels/{name}/upkeep/{id}/cancel',
      role: 'operator',
      async handle(call) {
        const { archive, name } = await channelOf(context, call);
        await archive.cancelUpkeep(name, call.params['id'] ?? '');
        return { status: 202, body: { jobs: (await archive.upkeepJobs(name)).map(upkeepJson) } };
      },
    },
  ];
}
