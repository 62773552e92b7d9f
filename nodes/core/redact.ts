/** To the last `@`: a password may have `@` and `/` in it that nobody encoded. */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s'"<>]+@/gi;
/** What opens a door in an address, also with something in front of it: `X-Amz-Signature`. */
const secretNames =
  'password|passwd|pwd|pass|token|secret|key|passphrase|streamid|signature|sig|auth|credential|hdnts|hdnea';
const secretQuery = new RegExp(`([?&][\\w.~-]*(?:${secretNames})=)[^&\\s'"<>]+`, 'gi');
const secretName = new RegExp(`[?&][\\w.~-]*(?:${secretNames})=`, 'i');

/** Takes user names, passwords and tokens out of URLs in any text: logs of tools, error messages, answers. */
export function redact(text: string): string {
  return text.replace(userInfo, '$1***@').replace(secretQuery, '$1***');
}

/** Whether the query of an address has something that redact() takes out. */
export function hasSecretQuery(address: string): boolean {
  return secretName.test(address);
}
