import { toReelflowError } from '../../core/errors.ts';
import { classifyProbe, reasonWords } from '../../core/restream/failure.ts';
import type { ReasonClass } from '../../core/restream/restream.ts';

/** Why a tool could not look at a camera. */
export function lookTrouble(error: unknown): { reason: ReasonClass; message: string } {
  const { code, message } = toReelflowError(error);
  if (code === 'PROBE_TIMEOUT') return { reason: 'timeout', message: reasonWords('timeout') };
  if (code === 'TOOL_MISSING') return { reason: 'tool', message };
  if (code === 'SOURCE_INVALID') return { reason: 'invalid', message };
  const { class: reason, message: words } = classifyProbe(message);
  return { reason, message: words };
}
