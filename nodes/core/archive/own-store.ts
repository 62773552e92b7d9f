import type { Archive } from './archive.ts';
import type { StoreSettings } from './channel.ts';

/** What stands for a secret in answers; sent back, it means "as it is". */
export const redactedSecret = '<REDACTED>';

/** The settings of a channel's own store, with the keys that are kept already where the given ones are redacted. */
export async function ownStore(
  archive: Pick<Archive, 'store'>,
  channel: string,
  given: Omit<StoreSettings, 'id'>,
): Promise<StoreSettings> {
  const id = `channel-${channel}`;
  const before = await archive.store(id);
  const kept = (now: string, was: string | undefined) => (now === redactedSecret ? (was ?? '') : now);
  return {
    ...given,
    id,
    accessKey: kept(given.accessKey, before?.accessKey),
    secretKey: kept(given.secretKey, before?.secretKey),
  };
}
