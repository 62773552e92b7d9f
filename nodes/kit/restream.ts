import { ReelflowError } from '../core/errors.ts';
import type { RestreamParts } from '../core/restream/restream.ts';
import { useStation } from './station.ts';

/** What the station has for restreams. @throws RESTREAM_MISSING */
export function useRestream(): RestreamParts {
  const { restream } = useStation();
  if (!restream) throw new ReelflowError('RESTREAM_MISSING', 'this station was built without restreams');
  return restream;
}
