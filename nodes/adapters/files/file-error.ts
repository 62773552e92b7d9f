import { ReelflowError } from '../../core/errors.ts';

type Side = 'SOURCE' | 'TARGET';

/** errno names of node:fs, in the words of somebody who looks after a file server. All may be over at the next try. */
export function fileError(error: unknown, side: Side, path: string): unknown {
  if (error instanceof ReelflowError) return error;
  const errno = (error as NodeJS.ErrnoException | null)?.code;
  const [code, reason] = meaning(errno, side);
  if (!code) return error;
  return new ReelflowError(`${side}_${code}`, `${path}: ${reason} (${errno})`, { cause: error, isRetryable: true });
}

function meaning(errno: string | undefined, side: Side): [string, string] | [undefined] {
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return ['MISSING', 'is not there'];
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return side === 'SOURCE' ? ['UNREADABLE', 'may not be read'] : ['READ_ONLY', 'may not be written'];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['FULL', 'no space is left'];
    case 'EFBIG':
      return ['FULL', 'the file is larger than that file system allows'];
    case 'EIO':
    case 'ESTALE':
    case 'ENODEV':
    case 'ENXIO':
    case 'ENOTCONN':
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EHOSTDOWN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'EREMOTEIO':
      return [side === 'SOURCE' ? 'UNREADABLE' : 'UNREACHABLE', 'the storage does not answer'];
    default:
      return [undefined];
  }
}
