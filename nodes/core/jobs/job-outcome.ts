import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import { JobGivenUp, JobPostponed } from './job-pause.ts';
import type { Job, RetryPolicy } from './job-queue.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What a job is once its handler has come back. */
export function asCompleted(job: Job): Job {
  const { error: _over, ...rest } = job;
  return { ...rest, state: 'completed' };
}

/** It was stopped by us: that is no attempt of its own. */
export function asHandedBack(job: Job, now: number): Job {
  return { ...job, state: 'retrying', attempts: job.attempts - 1, runAt: now };
}

/** What a job is once its handler has rejected, `retrying` or `failed`; what a person may want to know is logged. */
export function asRejected(
  job: Job,
  thrown: unknown,
  retry: RetryPolicy,
  { now, log }: { now: number; log: Log },
): Job {
  const { code, message } = toReelflowError(thrown);
  const error = { code, message };
  if (thrown instanceof JobPostponed) {
    return { ...job, state: 'retrying', attempts: job.attempts - 1, runAt: Math.round(thrown.until), error };
  }
  if (thrown instanceof JobGivenUp) return { ...job, state: 'failed', error };
  if (job.attempts >= retry.maxAttempts) {
    log.error(`job ${job.queue} ${job.key} failed after ${job.attempts} attempts: ${message}`);
    return { ...job, state: 'failed', error };
  }
  const delayMs = retryDelayMs(retry, job.attempts, Math.random());
  const line = `job ${job.queue} ${job.key} failed (attempt ${job.attempts}, again in ${delayMs} ms): ${message}`;
  // The same reason every few minutes for a week is one line, not thousands.
  if (job.error?.message === message) log.debug(line);
  else log.warn(line);
  return { ...job, state: 'retrying', runAt: now + delayMs, error };
}
