import { ReelflowError } from '../../core/errors.ts';

/** Throws KEY_INVALID for what would be no path, or one outside of the store. */
export function checkKey(key: string): string {
  const parts = key.split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))) return key;
  throw new ReelflowError('KEY_INVALID', `"${key}" is no key of an object`);
}
