let isInstalled = false;

/**
 * The last net: Node.js ends the process at a rejection that nobody handles, and one third-party node is enough for
 * that. Recordings matter more, so it is logged and the flows go on. An exception thrown out of a callback still ends
 * the process: after it nothing is known about what was left half done.
 */
export function surviveStrayRejections(log: (line: string) => void): void {
  if (isInstalled) return;
  isInstalled = true;
  process.on('unhandledRejection', (reason) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    log(`a promise failed and nobody handled it (STRAY_REJECTION); the flows go on: ${text}`);
  });
}
