import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';

/**
 * An error answer as RFC 9457 (problem details) has it, with our stable `code`.
 * `type` is always `about:blank`: the kinds of problem are told apart by `code`, and `title` is the status in words.
 */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  code: string;
  /** The offending field of body or query, where there is one. */
  field?: string;
  /** Path that was asked for, without the query. */
  instance?: string;
}

/** The one table from error codes to HTTP status codes (RFC 9110 section 15). */
const codesOfStatus: Readonly<Record<number, readonly string[]>> = {
  // The request can not be read.
  400: ['BODY_MALFORMED', 'CLIENT_GONE', 'PATH_INVALID', 'QUERY_INVALID', 'RANGE_INVALID'],
  // Who asks.
  401: ['UNAUTHENTICATED'],
  403: ['CROSS_ORIGIN', 'FORBIDDEN', 'SHARE_INVALID'],
  // What is asked for.
  404: [
    'ALARM_UNKNOWN',
    'CAMERA_UNKNOWN',
    'CHANNEL_UNKNOWN',
    'CLIP_UNKNOWN',
    'DELIVERY_UNKNOWN',
    'FILE_UNKNOWN',
    'JOB_UNKNOWN',
    'LOCK_UNKNOWN',
    'OBJECT_UNKNOWN',
    'OPENCAST_MISSING',
    'PICTURE_UNKNOWN',
    'RANGE_EMPTY',
    'RECORDING_UNKNOWN',
    'ROUTE_UNKNOWN',
    'SCHEDULE_UNKNOWN',
    'TOKEN_UNKNOWN',
    'TRACK_UNKNOWN',
    'USER_UNKNOWN',
    'VERB_INVALID',
    'VERB_UNKNOWN',
    'WEBHOOK_UNKNOWN',
  ],
  405: ['METHOD_NOT_ALLOWED'],
  410: ['MANIFEST_GONE', 'SHARE_EXPIRED'],
  412: ['PRECONDITION_FAILED'],
  413: ['BODY_TOO_LARGE'],
  415: ['CONTENT_TYPE_UNSUPPORTED'],
  416: ['RANGE_NOT_SATISFIABLE'],
  // The request was read, but says something that is not allowed.
  422: [
    'ADDRESS_HIDDEN',
    'AT_PASSED',
    'AT_TOO_FAR',
    'CHANNEL_INVALID',
    'DURATION_INVALID',
    'GROUP_INVALID',
    'ID_REUSED',
    'INPUT_UNKNOWN',
    'LOGIN_NEEDED',
    'MESSAGE_INVALID',
    'NO_INPUT',
    'PASSWORD_INVALID',
    'ROLE_INVALID',
    'ROW_INVALID',
    'STORE_INVALID',
    'TOKEN_NAME_INVALID',
    'USER_NAME_INVALID',
    'VALIDATION',
    'WEBHOOK_INVALID',
  ],
  500: ['INTERNAL'],
  // Not now, or not here.
  503: [
    'ACCESS_MISSING',
    'AGENT_STOPPING',
    'ARCHIVE_MISSING',
    'AUDIT_MISSING',
    'CAPTURE_SPAWN_FAILED',
    'LIVE_UNAVAILABLE',
    'PREVIEW_UNAVAILABLE',
    'RESTREAM_MISSING',
    'SEARCH_FAILED',
    'STATION_MISSING',
    'TOOL_MISSING',
    'TOO_MANY_CLIPS',
    'TOO_MANY_COMMANDS',
    'TOO_MANY_PICTURES',
    'TOO_MANY_PREVIEWS',
    'TOO_MANY_LISTENERS',
    'TOO_MANY_SEARCHES',
    'TOO_MANY_VIEWERS',
  ],
  504: ['COMMAND_TIMEOUT'],
  507: ['DISK_FULL'],
};

const statusOfCode = new Map(
  Object.entries(codesOfStatus).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

/** Families of codes: a calendar, a core or a list of cameras that does not answer as it should is not the client's fault, nor ours. */
const statusOfFamily: readonly [prefix: string, status: number][] = [
  ['CALENDAR_', 502],
  ['CAMERA_DATABASE_', 502],
  ['CAMERA_TABLE', 502],
  ['CAMERAS_', 502],
  ['OPENCAST_', 502],
  ['SNAPSHOT_', 502],
];

/** Status of a code; a refusal that is not in the table is a conflict with the state of things, or "try again later". */
export function statusOf(error: ReelflowError): number {
  const family = statusOfFamily.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  return statusOfCode.get(error.code) ?? family ?? (error.isRetryable ? 503 : 409);
}

/** The words of an internal error stay in the log: they may hold paths or more. */
export function problemOf(error: ReelflowError, instance?: string): Problem {
  const status = statusOf(error);
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: status === 500 ? 'Something went wrong inside Reelflow; its log says what' : redact(error.message),
    code: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(instance === undefined ? {} : { instance }),
  };
}

/** Answers with a problem. An answer that has begun can only be broken off, so that nobody takes it for complete. */
export function sendProblem(response: ServerResponse, problem: Problem, headers: Record<string, string> = {}): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What a handler had set before it failed (length, type, caching) is not true of this answer.
  for (const name of response.getHeaderNames()) if (isOfTheContent(name)) response.removeHeader(name);
  const text = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(problem.status === 503 ? { 'Retry-After': '5' } : {}),
    ...headers,
  });
  response.end(text);
}

function isOfTheContent(header: string): boolean {
  if (header === 'content-range') return false;
  return header.startsWith('content-') || ['etag', 'last-modified', 'accept-ranges', 'cache-control'].includes(header);
}
