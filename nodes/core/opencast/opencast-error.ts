import { ReelflowError } from '../errors.ts';

/** The core answered with a status that was not expected. Code OPENCAST_STATUS. */
export class OpencastStatusError extends ReelflowError {
  readonly status: number;
  /** Beginning of the answer's text: Opencast names the reason of a 500 there. */
  readonly body: string;

  constructor(message: string, status: number, body: string) {
    super('OPENCAST_STATUS', message, { isRetryable: status === 408 || status === 429 || status >= 500 });
    this.status = status;
    this.body = body;
  }
}
