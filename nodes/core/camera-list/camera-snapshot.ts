import type { ReasonClass } from '../restream/restream.ts';
import type { ListedCamera } from './listed-camera.ts';

/** One picture of a camera, or why there is none. Epoch ms. */
export type CameraSnapshot =
  | { ok: true; at: number; jpeg: Uint8Array }
  | { ok: false; at: number; reason: ReasonClass; message: string };

/** Port: pictures of cameras whether they are restreamed or not. */
export interface CameraSnapshots {
  /** From the restream where this very camera is live in one, else asked of the camera. Rejects only when aborted. */
  take(camera: ListedCamera, signal: AbortSignal): Promise<CameraSnapshot>;
}
