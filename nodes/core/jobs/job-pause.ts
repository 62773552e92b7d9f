import { ReelflowError } from '../errors.ts';

/**
 * A job's handler throws it when there is nothing to do yet: a time window, a delay. The job waits as `retrying` until
 * then; it was no attempt. `retry()` makes it due earlier.
 */
export class JobPostponed extends ReelflowError {
  /** Epoch ms. */
  readonly until: number;

  constructor(code: string, message: string, until: number) {
    super(code, message, { isRetryable: true });
    this.until = until;
  }
}

/** A job's handler throws it when only a person can decide: the job is `failed` until `retry()`, whatever the policy. */
export class JobGivenUp extends ReelflowError {}
