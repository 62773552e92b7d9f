import type { ArchiveDoor } from '../core/archive/archive.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Shares } from '../core/playback/shares.ts';
import { useStation } from './station.ts';

/** The station's archive of live channels. @throws ARCHIVE_MISSING */
export function useArchive(): ArchiveDoor {
  const { archive } = useStation();
  if (!archive) throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive');
  return archive;
}

/** Links that show a range of it without a login. @throws ARCHIVE_MISSING */
export function useShares(): Shares {
  const { shares } = useStation();
  if (!shares) throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive');
  return shares;
}
