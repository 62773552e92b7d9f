import { byteSize, relativeTime, timeOfDay, wordDuration } from './format.ts';
import type { AgentState, OpencastJson, UploadJson, UploadState } from './opencast-types.ts';
import type { StateLook } from './recording-words.ts';

const looks: Record<UploadState, StateLook> = {
  waiting: { word: 'Waiting', meaning: 'waits for its turn', icon: 'mdi-timer-sand', tone: 'plan' },
  held: { word: 'On hold', meaning: 'is kept back until somebody uploads it', icon: 'mdi-pause-circle', tone: 'idle' },
  uploading: { word: 'Uploading', meaning: 'is on its way to Opencast', icon: 'mdi-upload', tone: 'busy' },
  ingesting: {
    word: 'Handing over',
    meaning: 'is at Opencast, which starts to process it',
    icon: 'mdi-cog-sync',
    tone: 'busy',
  },
  retrying: { word: 'Trying again', meaning: 'failed, and is tried again by itself', icon: 'mdi-alert', tone: 'bad' },
};

export function uploadLook(state: UploadState): StateLook {
  return looks[state];
}

export function uploadOf(opencast: OpencastJson, recordingId: string): UploadJson | undefined {
  return opencast.uploads.find((one) => one.recordingId === recordingId);
}

/** Whether pressing "Upload now" makes a difference. */
export function canHurry({ state }: UploadJson): boolean {
  return state === 'waiting' || state === 'held' || state === 'retrying';
}

/** `123 MB of 500 MB · 4.50 MB/s · 1 min left`. */
export function uploadFigures({ state, bytesDone, bytesTotal, bytesPerSecond }: UploadJson): string {
  if (bytesTotal === 0) return '';
  if (state !== 'uploading') return byteSize(bytesTotal);
  const figures = [`${byteSize(bytesDone)} of ${byteSize(bytesTotal)}`];
  if (bytesPerSecond > 0) {
    figures.push(`${byteSize(bytesPerSecond)}/s`);
    figures.push(`${wordDuration(((bytesTotal - bytesDone) / bytesPerSecond) * 1000)} left`);
  }
  return figures.join(' · ');
}

/** `Step 2 of 3: the video of camera`. */
export function stepWords({ step }: UploadJson): string {
  if (!step) return '';
  const what = {
    create: 'opening the media package',
    catalog: 'title and other metadata',
    attachment: 'who may see it',
    track: `the file of ${step.input ?? 'a camera'}`,
    submit: 'starting the processing',
  }[step.kind];
  return `Step ${step.number} of ${step.of}: ${what}`;
}

/** Why it does not go on, in words; empty while it does. */
export function waitWords({ state, waitsUntil, error, attempts }: UploadJson, now: number): string {
  if (state === 'held') return 'Kept back until somebody uploads it.';
  // Whether the core has it is not known: only a person can find out.
  if (error?.code === 'INGEST_UNCLEAR') return `It waits for you: ${error.message}.`;
  if (state === 'retrying') {
    const tries = attempts > 1 ? `Try ${attempts} failed` : 'It failed';
    return `${tries}: ${error?.message ?? 'no reason is known'}. It is tried again by itself.`;
  }
  if (state !== 'waiting') return '';
  if (waitsUntil !== undefined) {
    const at = Date.parse(waitsUntil);
    const why = { INGEST_OUTSIDE_WINDOW: 'Outside the hours of uploads', INGEST_DELAYED: 'Waits its turn' };
    const reason = why[error?.code as keyof typeof why] ?? 'It waits';
    return `${reason}: goes on at ${timeOfDay(at)}, ${relativeTime(at, now)}.`;
  }
  return 'Waits until another upload is done.';
}

const agentWords: Record<AgentState, string> = {
  idle: 'Idle',
  capturing: 'Capturing',
  uploading: 'Uploading',
  error: 'In error',
  shutting_down: 'Shutting down',
  offline: 'Offline',
  unknown: 'Unknown',
};

export function agentStateWords(state: AgentState): string {
  return agentWords[state];
}

export function agentTone(state: AgentState): StateLook['tone'] {
  if (state === 'capturing') return 'live';
  if (state === 'uploading') return 'busy';
  return state === 'error' || state === 'offline' ? 'bad' : 'good';
}

const stateWords: Readonly<Record<string, string>> = {
  capturing: 'is being recorded',
  capture_finished: 'was recorded',
  capture_error: 'could not be recorded',
  uploading: 'is being uploaded',
  upload_finished: 'was uploaded',
  upload_error: 'could not be uploaded',
};

/** What Opencast calls the state of a recording, in words; an unknown one stands for itself. */
export function toldWords(state: string): string {
  return stateWords[state] ?? state;
}
