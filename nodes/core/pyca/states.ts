import type { Recording, RecordingState } from '../recording/recording.ts';
import type { Station } from '../station.ts';

/** Of pyCA 4.5's events, in its own order and words (db.py, Status). */
export const pycaStatuses = [
  'upcoming',
  'recording',
  'failed recording',
  'finished recording',
  'uploading',
  'failed uploading',
  'finished uploading',
  'partial recording',
  'paused after recording',
] as const;
export type PycaStatus = (typeof pycaStatuses)[number];

/** Of pyCA's services (db.py, ServiceStatus). */
export const pycaServiceStates = ['stopped', 'idle', 'busy'] as const;
export type PycaServiceState = (typeof pycaServiceStates)[number];
export type PycaServices = Record<'agentstate' | 'capture' | 'ingest' | 'schedule', PycaServiceState>;

/**
 * The one table from our states to pyCA's. undefined: pyCA does not show it at all. What we call degraded is uploaded like
 * any other, so nothing is ever a `partial recording`, which in pyCA means that it stays where it is.
 */
const statusOf: Record<RecordingState, PycaStatus | undefined> = {
  scheduled: 'upcoming',
  armed: 'upcoming',
  recording: 'recording',
  finishing: 'recording',
  recorded: 'finished recording',
  delivering: 'uploading',
  delivered: 'finished uploading',
  failed: 'failed recording',
  skipped: 'failed recording',
  cancelled: undefined,
};

export function pycaStatusOf({ state, isOnHold, delivery }: Recording): PycaStatus | undefined {
  if (isOnHold) return 'paused after recording';
  if (state === 'delivering' && delivery?.lastError) return 'failed uploading';
  return statusOf[state];
}

/** pyCA's schedule and agentstate are `busy` for as long as they run. */
export function pycaServicesOf({ recordings, schedules, opencast }: Station): PycaServices {
  const isAny = (...states: RecordingState[]) => recordings.list({ states, limit: 1 }).length > 0;
  const working = (isWorking: boolean): PycaServiceState => (isWorking ? 'busy' : 'idle');
  return {
    agentstate: (opencast?.agents.list().length ?? 0) > 0 ? 'busy' : 'stopped',
    capture: recordings.recorders().length === 0 ? 'stopped' : working(isAny('recording', 'finishing')),
    ingest: working(isAny('delivering')),
    schedule: schedules.list().length > 0 ? 'busy' : 'stopped',
  };
}
