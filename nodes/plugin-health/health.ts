import { ReelflowError, toReelflowError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { Station } from '../core/station.ts';

export interface Reason {
  /** FLOWS_NOT_STARTED, STATION_MISSING, DATABASE_FAILED, DISK_FULL; as a note also the alarms' codes. */
  code: string;
  message: string;
}

export interface Health {
  isOk: boolean;
  /** Why recording can not be relied on. */
  reasons: Reason[];
  /** What a person should look at while recording goes on: the bus is away, the other alarms. */
  notes: Reason[];
}

/**
 * Whether this station can do its main job: flows run, its state can be read, there is room to record.
 * A broker that is away, a camera that is off, an old calendar do not count: restarting (which is what many do with a
 * service that is not healthy) would not help, and would disturb what goes on.
 */
export function judgeHealth(around: { areFlowsStarted: boolean; station: () => Station }): Health {
  const reasons: Reason[] = [];
  const notes: Reason[] = [];
  if (!around.areFlowsStarted) {
    reasons.push({ code: 'FLOWS_NOT_STARTED', message: 'the flows have not started; the editor and the log say why' });
  }
  try {
    const station = around.station();
    for (const { severity, code, message } of station.alarms.list()) {
      const words = redact(message).replaceAll(station.dataRoot, '…');
      (code === 'DISK_FULL' && severity === 'error' ? reasons : notes).push({ code, message: words });
    }
    const { trouble } = station.bus;
    if (trouble && !notes.some(({ code }) => code === trouble.code)) notes.push(trouble);
    readState(station);
  } catch (error) {
    const { code, message } = toReelflowError(error);
    reasons.push({ code, message });
  }
  return { isOk: reasons.length === 0, reasons, notes };
}

function readState(station: Station): void {
  try {
    station.recordings.list({ limit: 1 });
  } catch (error) {
    const message = `the database can not be read: ${toReelflowError(error).message.replaceAll(station.dataRoot, '…')}`;
    throw new ReelflowError('DATABASE_FAILED', message, { cause: error });
  }
}
