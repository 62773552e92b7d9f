import type { ClientConfig } from 'pg';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';

const connectTimeoutMs = 5000;
/** A server that neither answers nor refuses is away as well. */
const statementMs = 15_000;

/** How all connections to the database that stations and workers share are made. */
export function connectionTo(url: string, purpose: string): ClientConfig {
  return {
    connectionString: url,
    application_name: `reelflow ${purpose}`,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementMs,
    keepAlive: true,
  };
}

/** DATABASE_UNAVAILABLE, in words without user and password. */
export function sharedDatabaseError(thrown: unknown, url: string): ReelflowError {
  if (thrown instanceof ReelflowError) return thrown;
  const { host, password } = URL.canParse(url) ? new URL(url) : { host: '', password: '' };
  const text = redact(toReelflowError(thrown).message);
  const secrets = [password, decodeURIComponent(password)].filter((one) => one !== '');
  const reason = secrets.reduce((words, secret) => words.replaceAll(secret, '***'), text);
  return new ReelflowError('DATABASE_UNAVAILABLE', `REELFLOW_DATABASE (${host}): ${reason}`, {
    cause: thrown,
    field: 'REELFLOW_DATABASE',
    isRetryable: true,
  });
}
