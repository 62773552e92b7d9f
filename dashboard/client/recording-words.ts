import type { RecordingJson, RecordingState } from './types.ts';

/** How a state looks: word, what it means, icon (Material Design Icons) and tone (a class of widget.css). */
export interface StateLook {
  word: string;
  meaning: string;
  icon: string;
  tone: 'live' | 'busy' | 'good' | 'plan' | 'bad' | 'idle';
}

const looks: Record<RecordingState, StateLook> = {
  scheduled: { word: 'Planned', meaning: 'waits for its time', icon: 'mdi-calendar-clock', tone: 'plan' },
  armed: {
    word: 'Ready',
    meaning: 'the capture is starting, so that the first second is in it',
    icon: 'mdi-timer-sand',
    tone: 'plan',
  },
  recording: { word: 'Recording', meaning: 'is being recorded now', icon: 'mdi-record-circle', tone: 'live' },
  finishing: { word: 'Finishing', meaning: 'the file is being made', icon: 'mdi-cog-sync', tone: 'busy' },
  recorded: { word: 'Recorded', meaning: 'complete, on this machine', icon: 'mdi-check', tone: 'good' },
  delivering: { word: 'Delivering', meaning: 'is on its way to where it belongs', icon: 'mdi-upload', tone: 'busy' },
  delivered: { word: 'Delivered', meaning: 'has arrived, and was checked there', icon: 'mdi-check-all', tone: 'good' },
  failed: { word: 'Failed', meaning: 'could not be recorded', icon: 'mdi-alert-octagon', tone: 'bad' },
  cancelled: {
    word: 'Cancelled',
    meaning: 'was taken out of the calendar before it began',
    icon: 'mdi-cancel',
    tone: 'idle',
  },
  skipped: { word: 'Skipped', meaning: 'was not recorded', icon: 'mdi-debug-step-over', tone: 'idle' },
};

export function stateLook(state: RecordingState): StateLook {
  return looks[state];
}

export function isRunning(state: RecordingState): boolean {
  return state === 'recording' || state === 'finishing';
}

export function hasFiles(recording: RecordingJson): boolean {
  return recording.tracks.length > 0;
}

/** What a person should know beside the state, worst first. */
export interface Mark {
  icon: string;
  word: string;
  tone: 'bad' | 'warn' | 'idle';
}

export function marksOf(recording: RecordingJson): Mark[] {
  const marks: Mark[] = [];
  if (recording.delivery?.lastError)
    marks.push({ icon: 'mdi-truck-alert', word: 'Delivery is being retried', tone: 'bad' });
  if (recording.isPaused) marks.push({ icon: 'mdi-pause', word: 'Paused', tone: 'warn' });
  if (recording.gaps.length > 0) {
    const word = recording.gaps.length === 1 ? '1 gap' : `${recording.gaps.length} gaps`;
    marks.push({ icon: 'mdi-timeline-remove', word, tone: 'warn' });
  } else if (recording.isDegraded) {
    marks.push({ icon: 'mdi-timeline-remove', word: 'Degraded', tone: 'warn' });
  }
  if (recording.warnings.length > 0) {
    const word = recording.warnings.length === 1 ? '1 warning' : `${recording.warnings.length} warnings`;
    marks.push({ icon: 'mdi-alert', word, tone: 'warn' });
  }
  if (recording.isOnHold) marks.push({ icon: 'mdi-pause-circle', word: 'On hold', tone: 'idle' });
  return marks;
}

/** 0 to 1 while a delivery is under way. */
export function deliveryProgress(recording: RecordingJson): number | undefined {
  const delivery = recording.delivery;
  if (recording.state !== 'delivering' || !delivery || delivery.bytesTotal <= 0) return undefined;
  return Math.min(1, delivery.bytesDone / delivery.bytesTotal);
}

export function durationOf(recording: RecordingJson): number {
  const longest = Math.max(0, ...recording.tracks.map((track) => track.durationMs));
  return longest || Date.parse(recording.plannedEnd) - Date.parse(recording.plannedStart);
}

export function sizeOf(recording: RecordingJson): number {
  return recording.tracks.reduce((sum, track) => sum + track.sizeBytes, 0);
}
