import { problemOf, statusOf } from '../adapters/http/problem.ts';
import type { Answer, Call, Route } from '../adapters/http/router.ts';
import { toReelflowError } from '../core/errors.ts';

/**
 * Errors as the replaced service had them, `{"error": "..."}`, with the members of our problem details beside it.
 * What goes wrong inside is left to the router, which logs it.
 */
export function withPlainErrors(route: Route): Route {
  return {
    ...route,
    async handle(call: Call): Promise<Answer | undefined> {
      try {
        return await route.handle(call);
      } catch (thrown) {
        const error = toReelflowError(thrown);
        const status = statusOf(error);
        if (status === 500) throw thrown;
        const problem = problemOf(error, call.request.url?.split('?')[0]);
        return { status, body: { error: problem.detail, ...problem } };
      }
    },
  };
}
