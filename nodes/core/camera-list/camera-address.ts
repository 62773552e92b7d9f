/** Parts of a query that open a door: the same names that redact() takes out of texts. */
const secretQuery = /([?&](?:password|passwd|pwd|pass|token|secret|key|passphrase|streamid)=)[^&#]*/gi;
/** User and password as FFmpeg reads them: up to the last `@` of what stands before the path. */
const login = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

/**
 * An address as it may be shown: without user and password, and without the values of a query that are secrets. A
 * password may hold `/` or `?` that nobody encoded, so everything up to the last `@` goes.
 */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/).*@/is, '$1').replace(secretQuery, '$1***');
}

/** True when there is something in it that is not shown. */
export function hasSecret(address: string): boolean {
  return address !== shownAddress(address);
}

/** `user:password` as it stands in the address, encoded; undefined without one. */
export function loginOf(address: string): string | undefined {
  return login.exec(address)?.[2];
}

export function withoutLogin(address: string): string {
  return address.replace(login, '$1');
}

export function withLogin(address: string, userAndPassword: string): string {
  return withoutLogin(address).replace(/^([a-z][a-z0-9+.-]*:\/\/)/i, (scheme) => `${scheme}${userAndPassword}@`);
}

/** Scheme, host and port: where a login is sent to. */
export function placeOf(address: string): string {
  return /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(withoutLogin(address))?.[1]?.toLowerCase() ?? '';
}
