/** `20261121T101500Z-3f9a1c`: planned start in UTC and random digits; sorts by time, unique, safe in paths and topics. */
export function makeRecordingId(plannedStart: number): string {
  return `${basicUtc(plannedStart)}-${randomHex(3)}`;
}

/** Captures sort by time too, and their folder tells whose they are. */
export function makeCaptureId(spawnedAt: number, input: string): string {
  return `${basicUtc(spawnedAt)}-${input}-${randomHex(2)}`;
}

function basicUtc(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
