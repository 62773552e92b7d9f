import { ReelflowError } from '../../core/errors.ts';

const full = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** A full disk in words; anything else as it is. */
export function spoolError(error: unknown, path: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof ReelflowError || !code || !full.includes(code)) return error;
  return new ReelflowError('SPOOL_FULL', `${path}: no space is left for what is being captured (${code})`, {
    cause: error,
    isRetryable: true,
  });
}
