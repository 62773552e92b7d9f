import { stat } from 'node:fs/promises';

/** Bringing a large file in order (faststart) writes all the time, if slowly; a tool that hangs does nothing at all. */
export const remuxStallMs = 60_000;

/**
 * Calls `onHang` once when nothing was fed and nothing was written for so long. `fed` counts the bytes that the tool has
 * taken. Returns what ends the watch.
 */
export function watchRemux(
  { outputPath, stallMs, fed }: { outputPath: string; stallMs: number; fed: () => number },
  onHang: () => void,
): () => void {
  let seen = '';
  let since = performance.now();
  const look = async (): Promise<void> => {
    const written = await stat(outputPath).then(
      ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
      () => 'nothing',
    );
    const now = `${fed()} ${written}`;
    if (now !== seen) {
      seen = now;
      since = performance.now();
    } else if (performance.now() - since > stallMs) {
      clearInterval(timer);
      onHang();
    }
  };
  const timer = setInterval(() => void look(), Math.max(100, stallMs / 20));
  timer.unref();
  return () => clearInterval(timer);
}
