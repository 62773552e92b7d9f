/** Session cookies, per host: JSESSIONID and those of load balancers. Kept in memory, without their attributes. */
export class CookieJar {
  readonly #hosts = new Map<string, Map<string, string>>();

  /** Value of the Cookie header; undefined: none. */
  header({ host }: URL): string | undefined {
    const cookies = this.#hosts.get(host);
    if (!cookies || cookies.size === 0) return undefined;
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** @param lines values of Set-Cookie */
  learn({ host }: URL, lines: readonly string[] | undefined): void {
    for (const line of lines ?? []) {
      const match = /^\s*([^=;\s]+)=([^;]*)/.exec(line);
      if (!match) continue;
      const [, name = '', value = ''] = match;
      const cookies = this.#hosts.get(host) ?? new Map<string, string>();
      this.#hosts.set(host, cookies);
      const isGone = value === '' || /;\s*max-age=(0|-\d+)\b/i.test(line);
      if (isGone) cookies.delete(name);
      else cookies.set(name, value.trim());
    }
  }

  forget({ host }: URL): void {
    this.#hosts.delete(host);
  }
}
