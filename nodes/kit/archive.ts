import type { ArchiveDoor } from '../core/archive/archive.ts';
import { ReelflowError } from '../core/errors.ts';
import { useStation } from './station.ts';

/** The station's archive of live channels. @throws ARCHIVE_MISSING */
export function useArchive(): ArchiveDoor {
  const { archive } = useStation();
  if (!archive) throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive');
  return archive;
}
