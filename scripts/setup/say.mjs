/** A reason to stop that the user can act on: printed as it is, without a stack. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`reelflow: ${line}\n`);
}
