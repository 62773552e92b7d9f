import { JobGivenUp, JobPostponed } from '../jobs/job-pause.ts';
import type { Job } from '../jobs/job-queue.ts';
import type { IngestSettings } from './ingests.ts';
import { isAskedFor, type PackageState, type Pause } from './package-state.ts';
import { nextOpening } from './upload-window.ts';

type Timing = Pick<IngestSettings, 'isOnHold' | 'delayMinMs' | 'delayMaxMs' | 'window' | 'onLostReply'>;

/**
 * Whether an upload may begin now. The answer's `pause` says why not; without one it may.
 *
 * @param random 0..1, for the delay
 */
export function considerPause(
  state: PackageState,
  settings: Timing,
  { attempts, createdAt }: Pick<Job, 'attempts' | 'createdAt'>,
  { now, random }: { now: number; random: number },
): PackageState {
  const { pause, ...rest } = state;
  const isUrgent = state.isUrgent || (pause !== undefined && isAskedFor(pause, attempts, now));
  if (isUrgent) return { ...rest, isUrgent };
  if (settings.isOnHold) return { ...rest, pause: { kind: 'hold' } };
  if (state.submission && settings.onLostReply === 'ask') return { ...rest, pause: { kind: 'question' } };
  const delayMs = settings.delayMinMs + (settings.delayMaxMs - settings.delayMinMs) * random;
  const notBefore = state.notBefore ?? createdAt + Math.round(delayMs);
  const known = { ...rest, notBefore };
  if (now < notBefore) return { ...known, pause: { kind: 'delay', until: notBefore, attempts } };
  const opening = settings.window ? nextOpening(settings.window, now) : now;
  if (opening > now) return { ...known, pause: { kind: 'window', until: opening, attempts } };
  return known;
}

/** What the job's handler ends with. */
export function pauseError(pause: Pause): JobPostponed | JobGivenUp {
  switch (pause.kind) {
    case 'hold':
      return new JobGivenUp('INGEST_HELD', 'it is kept back (backup mode) until somebody asks for it to be uploaded');
    case 'question':
      return new JobGivenUp(
        'INGEST_UNCLEAR',
        'look whether the core has it; its answer to the last request was lost. If not, upload it again',
      );
    case 'delay':
      return new JobPostponed('INGEST_DELAYED', `it waits for its turn until ${iso(pause.until)}`, pause.until);
    case 'window':
      return new JobPostponed('INGEST_OUTSIDE_WINDOW', `uploads begin at ${iso(pause.until)}`, pause.until);
    case 'node':
      return new JobPostponed('INGEST_NODE_AWAY', 'its ingest node is not there', pause.until);
  }
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
