import { ReelflowError } from '../../core/errors.ts';

/** What a call ends with when its caller calls it off. */
export function aborted(): ReelflowError {
  return new ReelflowError('ABORTED', 'the request was called off');
}
