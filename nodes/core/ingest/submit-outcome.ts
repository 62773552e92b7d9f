import { OpencastStatusError } from '../opencast/opencast-error.ts';
import type { Submission } from './package-state.ts';

/** What became of the request that starts the workflow, when it did not answer 200. */
export type SubmitOutcome =
  /** The core did not take it: it can be sent again without harm. */
  | { kind: 'refused' }
  /** An earlier one was taken. */
  | { kind: 'accepted-before' }
  /** Nobody knows. */
  | { kind: 'unknown' }
  /** Refused after one whose answer was lost, for no stated reason. */
  | { kind: 'unclear'; refusals: number };

/** Refusals without a reason after a lost answer, from which on it counts as taken. */
export const refusalsThatTell = 3;

/** The connection was never made, or nobody was let in: nothing was handed over. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'OPENCAST_TLS',
  'OPENCAST_LOGIN',
  'OPENCAST_NO_SERVICE',
]);
/** From something between us and the core, which may have passed it on, or from a core that took too long. */
const fromBetween = [408, 502, 504];
const runsAlready = /already|active|running|in progress|exists/i;

/**
 * Opencast refuses to start a second workflow for a media package while one runs (WorkflowServiceImpl), with a 500 on
 * /ingest/ingest and mostly without a text. So after a lost answer a refusal means that the first one was taken, unless
 * the core refuses everything.
 *
 * @param before set when the answer to an earlier one never came
 */
export function submitOutcome(error: unknown, before: Submission | undefined): SubmitOutcome {
  if (causes(error).some((code) => neverSent.has(code))) return { kind: 'refused' };
  if (!(error instanceof OpencastStatusError) || fromBetween.includes(error.status)) return { kind: 'unknown' };
  if (!before) return { kind: 'refused' };
  if (error.status === 409 || (error.status >= 500 && runsAlready.test(error.body))) return { kind: 'accepted-before' };
  // 503 and 429: too busy to look at it.
  if (error.status === 503 || error.status === 429) return { kind: 'refused' };
  return { kind: 'unclear', refusals: before.refusals + 1 };
}

function causes(error: unknown): string[] {
  const codes: string[] = [];
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string') codes.push(at.code);
    at = at.cause;
  }
  return codes;
}
