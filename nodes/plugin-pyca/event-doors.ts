import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Answer, Call, Route } from '../adapters/http/router.ts';
import { pycaEvent, pycaEvents, recordedEvent } from '../core/pyca/events.ts';
import { pycaStatuses, pycaStatusOf } from '../core/pyca/states.ts';
import type { Recording } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import { data, door, jsonApiType, PycaError } from './json-api.ts';
import { runVerb } from './run-verb.ts';

const change = z.object({
  data: z.tuple([
    z.object({
      type: z.literal('event'),
      id: z.string(),
      attributes: z.strictObject({
        status: z.enum(pycaStatuses).optional(),
        start: z.int().optional(),
        end: z.int().optional(),
      }),
    }),
  ]),
});

/** Under `/api/events`. */
export function eventDoors(station: () => Station): Route[] {
  const routes: Route[] = [
    {
      method: 'GET',
      path: '',
      role: 'viewer',
      handle: () => data(...pycaEvents(station())),
    },
    {
      method: 'GET',
      path: '/{uid...}',
      role: 'viewer',
      handle: ({ params }) => data(needed(pycaEvent(station(), params['uid'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/{uid...}',
      role: 'operator',
      handle: (call) => patch(station(), call),
    },
    {
      method: 'DELETE',
      path: '/{uid...}',
      // The verb asks for more.
      role: 'operator',
      async handle(call) {
        const { recording } = needed(recordedEvent(station(), call.params['uid'] ?? ''));
        const keepFiles = call.query.get('hard') !== 'true';
        await runVerb(station(), call, 'recording/delete', { recordingId: recording.id, keepFiles });
        return { status: 204 };
      },
    },
  ];
  return routes.map(door);
}

/**
 * pyCA lets any field of its database be changed. Here a status is what has happened: `finished recording` means what
 * pyCA's users do with it, upload again; the end of a running recording can be moved. Anything else is refused.
 */
async function patch(station: Station, call: Call): Promise<Answer> {
  const uid = call.params['uid'] ?? '';
  const read = change.safeParse(await readJsonBody(call.request, { mediaType: jsonApiType }));
  const [asked] = read.success ? read.data.data : [];
  if (!asked || asked.id !== uid) throw new PycaError(400, 'Invalid data');
  const { recording, shown } = needed(recordedEvent(station, uid));
  const { status, start, end } = asked.attributes;
  if (start !== undefined && start !== shown.attributes.start) {
    throw new PycaError(400, 'Invalid data: the start of a recording can not be changed');
  }
  const isLonger = end !== undefined && end !== shown.attributes.end;
  if (isLonger && recording.state !== 'recording') {
    throw new PycaError(400, 'Invalid data: only the end of a running recording can be changed');
  }
  const isUpload = isUploadAgain(recording, status);
  if (isLonger) {
    const byMs = end * 1000 - recording.plannedEnd;
    await runVerb(station, call, 'record/extend', { recordingId: recording.id, byMs: Math.round(byMs) });
  }
  if (isUpload) await runVerb(station, call, 'recording/upload', { recordingId: recording.id });
  return data(needed(pycaEvent(station, uid)));
}

function isUploadAgain(recording: Recording, status: string | undefined): boolean {
  const now = pycaStatusOf(recording);
  const isOver = ['recorded', 'delivering', 'delivered'].includes(recording.state);
  if (status === 'finished recording' && isOver) return true;
  if (status === undefined || status === now) return false;
  throw new PycaError(400, `Invalid data: "${now}" can not become "${status}"; "finished recording" uploads again`);
}

function needed<T>(found: T | undefined): T {
  if (found === undefined) throw new PycaError(404, 'No event with specified uid');
  return found;
}
