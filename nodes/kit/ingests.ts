import { ReelflowError } from '../core/errors.ts';
import type { Ingests } from '../core/ingest/ingests.ts';
import { useStation } from './station.ts';

/** The station's uploads to Opencast. @throws OPENCAST_MISSING */
export function useIngests(): Ingests {
  const { ingests } = useStation();
  if (!ingests) throw new ReelflowError('OPENCAST_MISSING', 'this station was built without uploads to Opencast');
  return ingests;
}
