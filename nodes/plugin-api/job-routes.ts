import { z } from 'zod';
import type { Call, Route } from '../adapters/http/router.ts';
import type { Archive } from '../core/archive/archive.ts';
import { ReelflowError } from '../core/errors.ts';
import type { ApiContext } from './api-context.ts';
import { jobJson } from './archive-json.ts';
import { doorOf } from './channel-routes.ts';
import { readQuery } from './input.ts';

const listQuery = z.object({
  channel: z.string().optional(),
  limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(1000).default(200),
});

/** The captures of chunks: what they do, did, and why they could not. */
export function jobRoutes(context: ApiContext): Route[] {
  const need = async (call: Call): Promise<{ archive: Archive; id: string }> => {
    const id = call.params['id'] ?? '';
    const door = doorOf(context);
    if (!door.isUsed) throw new ReelflowError('JOB_UNKNOWN', `there is no capture "${id}"`, { field: 'id' });
    return { archive: await door.open(), id };
  };
  const change = (verb: 'retry' | 'cancel'): Route => ({
    method: 'POST',
    path: `/jobs/{id}/${verb}`,
    role: 'operator',
    async handle(call) {
      const { archive, id } = await need(call);
      await (verb === 'retry' ? archive.retryJob(id) : archive.cancelJob(id));
      return { status: 202, body: jobJson(await archive.job(id)) };
    },
  });
  return [
    {
      method: 'GET',
      path: '/jobs',
      role: 'viewer',
      async handle(call) {
        const { channel, limit } = readQuery(call.query, listQuery);
        const door = doorOf(context);
        const filter = { limit, ...(channel === undefined ? {} : { channel }) };
        const jobs = door.isUsed ? await (await door.open()).jobs(filter) : [];
        return { status: 200, body: { jobs: jobs.map(jobJson) } };
      },
    },
    {
      method: 'GET',
      path: '/jobs/{id}',
      role: 'viewer',
      async handle(call) {
        const { archive, id } = await need(call);
        return { status: 200, body: jobJson(await archive.job(id)) };
      },
    },
    {
      method: 'GET',
      path: '/jobs/{id}/log',
      role: 'viewer',
      async handle(call) {
        const { archive, id } = await need(call);
        return { status: 200, body: { lines: (await archive.job(id)).report?.log ?? [] } };
      },
    },
    change('retry'),
    change('cancel'),
  ];
}
