import { ReelflowError } from '../core/errors.ts';
import type { Opencast } from '../core/opencast/opencast.ts';
import { useStation } from './station.ts';

/** What the station has for Opencast. @throws OPENCAST_MISSING */
export function useOpencast(): Opencast {
  const { opencast } = useStation();
  if (!opencast) throw new ReelflowError('OPENCAST_MISSING', 'this station was built without Opencast');
  return opencast;
}
