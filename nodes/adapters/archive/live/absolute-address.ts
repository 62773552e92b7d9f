import { ReelflowError } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';

/**
 * Where something lies that a list names. What is on the same host has the list's login. Throws SOURCE_INVALID for
 * anything but HTTP: a source must not have files of this machine read, other than what our own FFmpeg wrote beside its list.
 *
 * @param base where the list was found
 */
export function absoluteAddress(reference: string, base: string): string {
  const refuse = (reason: string): never => {
    throw new ReelflowError('SOURCE_INVALID', `${redact(base)}: ${reason}`, { isRetryable: true });
  };
  const url = URL.parse(reference, base) ?? refuse('names an address that is none');
  const isOwn = url.protocol === 'file:' && base.startsWith('file:') && !reference.includes('/');
  if (!isOwn && url.protocol !== 'http:' && url.protocol !== 'https:') {
    refuse(`names ${url.protocol} addresses`);
  }
  const from = new URL(base);
  if (from.username !== '' && url.username === '' && url.host === from.host) {
    url.username = from.username;
    url.password = from.password;
  }
  return url.href;
}
