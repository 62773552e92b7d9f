const secret = /^(REELFLOW_|PG_DSN$|PGPASSWORD$|AWS_)|PASSWORD|SECRET|TOKEN/i;

/** Would choose a language whatever LC_ALL says. */
const language = 'LANGUAGE';

/**
 * The environment that tools get: ours without what opens doors. They have no use for it, and they run on without us. Where
 * only their words tell what went wrong ("No space left on device"), they have to be English ones.
 */
export function toolEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !secret.test(name) && name !== language);
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8' };
}
