/**
 * Runs once when the process is asked to end. Plugins have no close hook; Node-RED's own handlers of these signals close
 * the nodes and end the process a little later. A terminal's Ctrl-C comes twice, a service manager's signals may differ.
 */
export function onStop(run: () => void): void {
  let isDone = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      if (isDone) return;
      isDone = true;
      run();
    });
  }
}
