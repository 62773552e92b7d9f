import type { Dispose } from '../time/clock.ts';

/** Live pictures of a camera: from its running capture where there is one, else from a process started while someone looks. */
export interface Previews {
  /** Newest JPEG; waits up to `timeoutMs` for the first. Rejects with CAMERA_UNKNOWN or PREVIEW_UNAVAILABLE. */
  still(camera: string, timeoutMs?: number): Promise<Uint8Array>;
  /**
   * Each new JPEG until disposed; someone is looking as long as a listener is there. Who needs no more than one each
   * `everyMs` says so: one a second costs nothing while the camera is recorded.
   */
  watch(camera: string, onFrame: (jpeg: Uint8Array) => void, options?: { everyMs?: number }): Dispose;
}
