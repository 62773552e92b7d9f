import { statusOf } from '../adapters/http/problem.ts';
import type { Answer, Call, Route } from '../adapters/http/router.ts';
import { toReelflowError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

export const jsonApiType = 'application/vnd.api+json';

/** What pyCA answers with instead of a result: `{"errors": [{"status", "title"}]}`. */
export class PycaError extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}

/** `{"data": [..]}`: pyCA makes a list of everything. */
export function data(...items: unknown[]): Answer {
  return { status: 200, body: { data: items } };
}

export function meta(meta: object): Answer {
  return { status: 200, body: { meta } };
}

/**
 * A door of pyCA's: answers in its media type, also errors; anything but GET must be sent in it (415), as pyCA's
 * `jsonapi_mediatype` has it.
 */
export function door(route: Route): Route {
  return {
    ...route,
    async handle(call: Call) {
      const answer = await answerOf(route, call);
      return answer && { ...answer, headers: { 'Content-Type': jsonApiType, ...answer.headers } };
    },
  };
}

async function answerOf(route: Route, call: Call): Promise<Answer | undefined> {
  try {
    const [type = ''] = (call.request.headers['content-type'] ?? '').toLowerCase().split(';');
    if (route.method !== 'GET' && type.trim() !== jsonApiType) {
      throw new PycaError(415, `Unsupported Media Type (expected: ${jsonApiType})`);
    }
    return await route.handle(call);
  } catch (thrown) {
    if (thrown instanceof PycaError) return refusal(thrown.status, thrown.message);
    const error = toReelflowError(thrown);
    // Those stay the router's: it logs them, and says no more than it should.
    if (statusOf(error) === 500) throw error;
    return refusal(statusOf(error), redact(error.message));
  }
}

function refusal(status: number, title: string): Answer {
  return { status, body: { errors: [{ status, title }] } };
}
