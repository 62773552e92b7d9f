import { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';

/** What went wrong with a database, in words and without its address: PostgreSQL's error codes, appendix A of its manual. */
export function postgresError(thrown: unknown, url: string): ReelflowError {
  if (thrown instanceof ReelflowError) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  const text = withoutPassword(redact(thrown instanceof Error ? thrown.message : String(thrown)), url);
  if (/^28|^3D000$/.test(code)) return error('CAMERA_DATABASE_LOGIN', `the database lets nobody in: ${text}`, thrown);
  if (code.startsWith('42')) return error('CAMERA_TABLE', `the database has no such cameras: ${text}`, thrown);
  const reason = code === 'ECONNREFUSED' ? 'refuses connections' : code === 'ENOTFOUND' ? 'has no address' : text;
  return new ReelflowError('CAMERA_DATABASE_AWAY', `the database ${placeOf(url)}: ${reason}`, {
    cause: thrown,
    isRetryable: true,
  });
}

function error(code: string, message: string, cause: unknown): ReelflowError {
  return new ReelflowError(code, message, { cause, isRetryable: true });
}

/** Host and port. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

function withoutPassword(text: string, url: string): string {
  const password = URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
  return password === '' ? text : text.replaceAll(password, '***');
}
