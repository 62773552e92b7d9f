/** To the last `@`: a password may have `@` and `/` in it that nobody encoded. */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s'"<>]+@/gi;
const secretQuery = /([?&](?:password|passwd|pwd|pass|token|secret|key|passphrase|streamid)=)[^&\s'"]+/gi;

/** Takes user names, passwords and tokens out of URLs in any text: logs of tools, error messages, answers. */
export function redact(text: string): string {
  return text.replace(userInfo, '$1***@').replace(secretQuery, '$1***');
}
