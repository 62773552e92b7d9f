import { z } from 'zod';
import type { Route } from '../adapters/http/router.ts';
import { ReelflowError } from '../core/errors.ts';
import type { OpencastCore } from '../core/opencast/opencast-core.ts';
import type { Station } from '../core/station.ts';
import { type ApiContext, audienceOf } from './api-context.ts';
import { readQuery } from './input.ts';
import { opencastJson } from './opencast-json.ts';

const seriesQuery = z.object({ q: z.string().max(200, 'must be 200 characters or less').default('') });
/** A form that asks must not wait for a core that is away. */
const patienceMs = 8000;

/** How the station stands with Opencast, and what the core has that a form needs. */
export function opencastRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/opencast',
      role: 'viewer',
      handle(call) {
        const station = context.station();
        return { status: 200, body: opencastJson(station, audienceOf(call, station)) };
      },
    },
    {
      method: 'GET',
      path: '/opencast/series',
      role: 'operator',
      async handle({ query }) {
        const { q } = readQuery(query, seriesQuery);
        const core = coreOf(context.station());
        return { status: 200, body: { series: await seriesOf(core, q.trim()) } };
      },
    },
  ];
}

/** That of the first agent, else the first there is. Throws OPENCAST_MISSING. */
function coreOf({ opencast }: Station): OpencastCore {
  const cores = opencast?.cores.list().map(([, core]) => core) ?? [];
  const url = opencast?.agents.list()[0]?.coreUrl;
  const core = cores.find((one) => one.url === url) ?? cores[0];
  if (core) return core;
  throw new ReelflowError('OPENCAST_MISSING', 'this station has no Opencast core');
}

async function seriesOf(core: OpencastCore, text: string) {
  const abort = AbortSignal.timeout(patienceMs);
  try {
    return await core.series(text, abort);
  } catch (error) {
    if (!abort.aborted) throw error;
    const message = `the core did not answer within ${patienceMs / 1000} s`;
    throw new ReelflowError('OPENCAST_UNREACHABLE', message, { isRetryable: true, cause: error });
  }
}
