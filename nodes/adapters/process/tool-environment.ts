const secret = /^(REELFLOW_|PG_DSN$|PGPASSWORD$|AWS_)|PASSWORD|SECRET|TOKEN/i;

/** The environment that tools get: ours without what opens doors. They have no use for it, and they run on without us. */
export function toolEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !secret.test(name)));
}
