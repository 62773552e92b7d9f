import { z } from 'zod';
import { type RestreamState, type RestreamView, reasonClasses, restreamStates } from './restream.ts';

export const time = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Time', description: 'ISO 8601, UTC, with milliseconds' });
const count = z.int().min(0);

const reason = z
  .object({ class: z.enum(reasonClasses), message: z.string() })
  .meta({ id: 'RestreamReason', description: 'Why it is not live: a class for programs, a sentence for people' });

const track = z.object({
  kind: z.enum(['video', 'audio']),
  codec: z.string(),
  width: count.optional(),
  height: count.optional(),
});

/** `camera/<camera>`: a restreamed camera; the API has the same with its outages. */
export const cameraStateMessage = z
  .object({
    camera: z.string(),
    name: z.string(),
    state: z.enum(restreamStates),
    since: time,
    reason: reason.optional(),
    nextTryAt: time.optional(),
    mode: z.enum(['push', 'pull', 'embedded']).optional(),
    target: z.string().optional().meta({ description: 'Without login' }),
    isPaused: z.boolean(),
    tracks: z.array(track).optional().meta({ description: 'What the camera delivers, as it was last looked at' }),
    figures: z.object({
      kilobitsPerSecond: count.optional(),
      framesPerSecond: z.number().min(0).optional(),
      reconnectsPerHour: count,
      stallsPerHour: count,
      uptimeMs: count.optional(),
    }),
  })
  .meta({ id: 'CameraState', description: 'Retained, cleared when the camera is not restreamed any more' });

/** `event/camera` */
export const cameraEventMessage = z
  .object({
    at: time,
    camera: z.string(),
    name: z.string(),
    from: z.enum(restreamStates).nullable().meta({ description: 'Null: it is new' }),
    to: z.enum(restreamStates).nullable().meta({ description: 'Null: it is not restreamed any more' }),
    reason: reason.optional(),
  })
  .meta({ id: 'CameraEvent' });

export type CameraStateMessage = z.infer<typeof cameraStateMessage>;

export function cameraStateOf(view: RestreamView): CameraStateMessage {
  const { camera, name, state, since, reason, nextTryAt, mode, target, isPaused, figures, probe } = view;
  return {
    ...{ camera, name, state, since: iso(since) },
    ...(reason ? { reason } : {}),
    ...(nextTryAt === undefined ? {} : { nextTryAt: iso(nextTryAt) }),
    ...(mode === undefined ? {} : { mode }),
    ...(target === undefined ? {} : { target }),
    isPaused,
    ...(probe?.ok ? { tracks: probe.tracks.map(trackOf) } : {}),
    figures: { ...figures, ...(figures.uptimeMs === undefined ? {} : { uptimeMs: Math.round(figures.uptimeMs) }) },
  };
}

export function cameraEventOf(
  at: number,
  { camera, name, reason }: Pick<RestreamView, 'camera' | 'name' | 'reason'>,
  from: RestreamState | undefined,
  to: RestreamState | undefined,
): z.infer<typeof cameraEventMessage> {
  return { at: iso(at), camera, name, from: from ?? null, to: to ?? null, ...(reason ? { reason } : {}) };
}

function trackOf({ kind, codec, width, height }: z.infer<typeof track>): z.infer<typeof track> {
  return { kind, codec, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
