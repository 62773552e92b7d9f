import { ReelflowError } from '../../core/errors.ts';
import { isCertificateError } from '../tls/certificate-error.ts';

const words: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  ETIMEDOUT: 'no connection in time',
};

/** Puts what Node throws into our words. What already is ours stays. */
export function connectionError(host: string, thrown: unknown): ReelflowError {
  if (thrown instanceof ReelflowError) return thrown;
  const first: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  const message = first instanceof Error ? first.message : String(first);
  const options = { cause: thrown, isRetryable: true };
  if (isCertificateError(first)) {
    const text = `${host}: its certificate is not trusted (${message}); name the file of its authority, or correct the address`;
    return new ReelflowError('OPENCAST_TLS', text, options);
  }
  return new ReelflowError('OPENCAST_UNREACHABLE', `${host}: ${words[code] ?? message}`, options);
}
