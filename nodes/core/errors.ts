/**
 * The one error class of Reelflow.
 *
 * `code` is an own property and stable, because Node-RED copies only own properties into `msg.error`
 * and because flows, MQTT replies and problem details switch on it.
 */
export class ReelflowError extends Error {
  readonly code: string;
  /** True when the same request may succeed later without a change (network gone, core busy). */
  readonly isRetryable: boolean;
  /** Name of the offending field (`durationMs`, `REELFLOW_PORT`, `inputs[0]`), where there is one. */
  readonly field?: string;

  constructor(code: string, message: string, options: { cause?: unknown; isRetryable?: boolean; field?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ReelflowError';
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    if (options.field !== undefined) this.field = options.field;
  }
}

/** Turns anything thrown into a ReelflowError; what already is one stays as it is. */
export function toReelflowError(thrown: unknown, code = 'INTERNAL'): ReelflowError {
  if (thrown instanceof ReelflowError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ReelflowError(code, message, { cause: thrown });
}
