import { networkInterfaces } from 'node:os';

export interface Welcome {
  version: string;
  host: string;
  agent: string;
  /** The admin password made at this start, if one was; once its hash is kept. */
  madePassword: Promise<string | undefined>;
  write(text: string): void;
}

/**
 * Says where to go, once the port is open. The password made at the first start is shown once and kept nowhere; should
 * the start fail before anything was printed, it is shown at the exit, because its hash is in the data folder already.
 */
export function welcomer(welcome: Welcome): (port: number) => Promise<void> {
  let due: string | undefined;
  const made = welcome.madePassword.then((password) => {
    due = password;
  });
  // A start that fails for it says so itself.
  made.catch(() => {});
  const passwordLines = (): string[] => {
    if (due === undefined) return [];
    const lines = [
      '  User         admin',
      `  Password     ${due}`,
      '               (made just now and shown only this once; write it down)',
    ];
    due = undefined;
    return lines;
  };
  process.once('exit', () => {
    const lines = passwordLines();
    if (lines.length > 0) welcome.write(`\n${lines.join('\n')}\n`);
  });
  return async (port) => {
    await made;
    const places = hosts(welcome.host).map((host) => `http://${host}:${port}`);
    const lines = [
      `Reelflow ${welcome.version} is running as "${welcome.agent}"`,
      ...places.flatMap((place) => [`  Dashboard    ${place}/dashboard`, `  Flow editor  ${place}/admin/`]),
      ...passwordLines(),
    ];
    welcome.write(`\n${lines.join('\n')}\n\n`);
  };
}

/** This machine first, then its address for the tablet. */
function hosts(host: string): string[] {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  if (!isEverywhere) return [host.includes(':') ? `[${host}]` : host];
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === 'IPv4' && !address.internal);
  return ['localhost', ...(outside ? [outside.address] : [])];
}
