import type { Alarm } from '../alarms/alarms.ts';
import type { Recording } from '../recording/recording.ts';
import type { AgentState } from './states.ts';

/** A camera that comes back within this time was no fault worth telling. */
export const faultAfterMs = 10_000;

export interface AgentCondition {
  /** Those the agent follows. */
  recordings: readonly Recording[];
  alarms: readonly Alarm[];
  inputs: readonly string[];
  coreUrl: string | undefined;
  now: number;
}

/** Capturing goes before all; a fault that stays goes before an upload, which goes before nothing to do. */
export function agentStateOf(condition: AgentCondition): AgentState {
  const { recordings, inputs, coreUrl } = condition;
  const isCapturing = recordings.some((one) => one.state === 'recording' && !isUncaptured(one, condition));
  if (isCapturing) return 'capturing';
  const concerned = [
    ...inputs,
    ...recordings.filter(({ state }) => state === 'recording').flatMap((one) => one.inputs),
  ];
  if (standingFaults(condition).some((key) => key === 'disk' || concerned.some((input) => key === cameraKey(input)))) {
    return 'error';
  }
  const isUploading = recordings.some(({ state, delivery }) => state === 'delivering' && delivery?.target === coreUrl);
  return isUploading ? 'uploading' : 'idle';
}

/** No camera of the recording delivers, or there is no space for what they deliver, and that for a while. */
export function isUncaptured(recording: Recording, condition: Pick<AgentCondition, 'alarms' | 'now'>): boolean {
  const faults = standingFaults(condition);
  if (faults.includes('disk')) return true;
  return recording.inputs.length > 0 && recording.inputs.every((input) => faults.includes(cameraKey(input)));
}

function standingFaults({ alarms, now }: Pick<AgentCondition, 'alarms' | 'now'>): string[] {
  return alarms
    .filter(({ severity, since }) => severity === 'error' && now - since >= faultAfterMs)
    .map(({ key }) => key);
}

/** As camera-trouble.ts raises it. */
function cameraKey(input: string): string {
  return `camera-away:${input}`;
}
