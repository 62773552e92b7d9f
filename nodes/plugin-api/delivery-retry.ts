import type { Caller } from '../core/bus/command.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Job } from '../core/jobs/job-queue.ts';
import type { Recording } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';

/**
 * Makes the deliveries of a recording due now, whichever node they belong to: a delivery's job has the recording's id in
 * its key. One that is under way goes on. Throws DELIVERY_MISSING when none is waiting or has failed.
 */
export function retryDelivery(station: Station, recording: Recording, caller: Caller): void {
  const jobs = unfinishedJobs(station).filter((job) => job.key.includes(recording.id));
  if (jobs.length === 0) {
    throw new ReelflowError('DELIVERY_MISSING', `no delivery of recording ${recording.id} is waiting`);
  }
  for (const job of jobs) if (job.state !== 'active') station.jobs.retry(job.id);
  const { user, via } = caller;
  const entry = { at: station.clock.now(), user, via, action: 'recording/deliver', detail: recording.id, isOk: true };
  station.audit?.append(entry);
}

function unfinishedJobs(station: Station): Job[] {
  return station.jobs.list({ states: ['queued', 'retrying', 'active', 'failed'] });
}
