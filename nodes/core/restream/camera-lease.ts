import type { LeaseKeeper } from './lease-keeper.ts';
import type { RestreamEntry } from './restream-entry.ts';
import type { HeldLease } from './surroundings.ts';
import { type MediaServerPlace, targetOf } from './target.ts';

export interface LeaseParts {
  keeper: LeaseKeeper;
  mediaServer: MediaServerPlace;
  /** Whose it is is kept over a restart. */
  save: (entry: RestreamEntry) => void;
}

/** Wants the lease of a camera's place at its target: never two publishers on one path. */
export function wantLease(
  entry: RestreamEntry,
  { keeper, mediaServer, save }: LeaseParts,
  changed: () => void,
): HeldLease {
  const key = leaseKey(entry, mediaServer);
  if (key === undefined) return { isOurs: true, isKnown: true, release: async () => {} };
  const lease = { isOurs: false, isKnown: false, release: () => keeper.release(key) };
  keeper.want(key, entry.isOurs, (isOurs) => {
    Object.assign(lease, { isOurs, isKnown: true });
    if (entry.isOurs !== isOurs) {
      entry.isOurs = isOurs;
      save(entry);
    }
    changed();
  });
  return lease;
}

/** Where it is published, without the login. Undefined: what this station serves itself nobody else can be in the way of. */
function leaseKey({ path, camera, settings }: RestreamEntry, mediaServer: MediaServerPlace): string | undefined {
  try {
    const target = targetOf(camera, path, settings, mediaServer, undefined, true);
    return target.kind === 'embedded' ? undefined : target.url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
  } catch {
    // The supervisor tells what is wrong with the target.
    return undefined;
  }
}
