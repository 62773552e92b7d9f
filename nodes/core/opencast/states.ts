/** AgentState.java. `unknown` does not count as a sign of life at the core. */
export const agentStates = ['idle', 'shutting_down', 'capturing', 'uploading', 'error', 'unknown', 'offline'] as const;
export type AgentState = (typeof agentStates)[number];

/** RecordingState.java. */
export const recordingStates = [
  'unknown',
  'capturing',
  'capture_finished',
  'capture_error',
  'manifest',
  'manifest_error',
  'manifest_finished',
  'compressing',
  'compressing_error',
  'uploading',
  'upload_finished',
  'upload_error',
] as const;
export type RecordingState = (typeof recordingStates)[number];
