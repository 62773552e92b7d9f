import { z } from 'zod';
import { listedCameraSchema } from './listed-camera.ts';
import { probeResultSchema } from './probe-result.ts';
import { readPayload } from './read-payload.ts';

/**
 * `msg.payload` under the topic `camera`, from capture-camera-list over capture-probe to capture-restream.
 *
 * `add` may come again for a camera that is known, with the same content or another: the receiver does then what `change`
 * says. `remove` for one that is not known does nothing. So a deploy, which sends the whole list again, disturbs nothing.
 */
export const cameraMessageSchema = z.strictObject({
  action: z.enum(['add', 'change', 'remove']),
  camera: listedCameraSchema,
  probe: probeResultSchema.optional(),
});

export type CameraMessage = z.infer<typeof cameraMessageSchema>;

/** Throws MESSAGE_INVALID, which names the field and never repeats an address. */
export function readCameraMessage(payload: unknown): CameraMessage {
  return readPayload(cameraMessageSchema, payload);
}
