import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Answer, Call, Route } from '../adapters/http/router.ts';
import { toReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';
import { data, door, jsonApiType, PycaError } from './json-api.ts';
import { runVerb } from './run-verb.ts';

const request = z.object({
  data: z.tuple([
    z.strictObject({
      title: z.string().min(1).max(500).optional(),
      /** Seconds. */
      duration: z.int().min(1),
      creator: z.string().max(500).optional(),
    }),
  ]),
});

/** A core that is away must not keep anybody from recording. */
const patienceMs = 4000;

/**
 * `POST /api/schedule`: an event that begins now. Unlike pyCA, which records when the event has come back through the
 * calendar, the recording begins at once, and is booked with the core in the background. 409 only when the core has
 * another event at this time: then nothing is begun.
 */
export function scheduleDoor(station: () => Station): Route {
  return door({
    method: 'POST',
    path: '',
    role: 'operator',
    handle: (call) => schedule(station(), call),
  });
}

async function schedule(station: Station, call: Call): Promise<Answer> {
  const body = await readJsonBody(call.request, { mediaType: jsonApiType });
  const read = request.safeParse(body);
  if (!read.success) {
    const isDuration = read.error.issues.some(({ path }) => path.at(-1) === 'duration');
    throw new PycaError(400, isDuration ? 'Invalid data: duration must be an integer of seconds' : 'Invalid data');
  }
  const [{ title, duration, creator }] = read.data.data;
  const durationMs = duration * 1000;
  const now = station.clock.now();
  const inTheWay = await station.opencast?.bookings
    .conflictsWith({ start: now, end: now + durationMs }, AbortSignal.timeout(patienceMs))
    .catch(() => undefined);
  if (inTheWay && inTheWay.length > 0) throw new PycaError(409, 'Scheduling conflict');
  const args = { durationMs, ...(title && { title }), ...(creator && { creator }) };
  try {
    await runVerb(station, call, 'record/start', args);
  } catch (thrown) {
    throw refused(thrown);
  }
  return data('Event scheduled');
}

/** 409 has a meaning here that other refusals have not. */
function refused(thrown: unknown): unknown {
  const { code, message } = toReelflowError(thrown);
  if (code === 'DURATION_INVALID' || code === 'VALIDATION') return new PycaError(400, `Invalid data: ${message}`);
  if (code === 'NO_RECORDER' || code === 'NO_INPUT') return new PycaError(503, message);
  return thrown;
}
