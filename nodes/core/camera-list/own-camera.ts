import { z } from 'zod';
import { ReelflowError } from '../errors.ts';
import { loginOf, placeOf, shownAddress, withoutLogin } from './camera-address.ts';
import { cameraNameSchema, cameraOptionsSchema } from './listed-camera.ts';

const text = z.string().trim().min(1).max(256);
const line = text.refine((value) => !/[\s\p{Cc}]/u.test(value), 'must be one word');

const fields = {
  name: cameraNameSchema,
  /** Without user and password where they have fields of their own; see the schemes of a listed camera. */
  url: z.string().trim().min(1).max(2048),
  /** Instead of `url`: make and host, see shipped-templates.ts. */
  make: text,
  host: line,
  port: z.int().min(1).max(65_535),
  channel: line,
  stream: line,
  user: z.string().min(1).max(256),
  password: z.string().max(256),
  options: cameraOptionsSchema,
};

const { name, options, ...others } = fields;

/** A camera to be added to the station's own list. */
export const newCameraSchema = z.strictObject({
  name,
  ...z.object(others).partial().shape,
  options: options.optional(),
});

/** What is to be changed of one; null takes a field away. */
export const cameraChangeSchema = z.strictObject({
  name: name.optional(),
  options: options.optional(),
  ...(Object.fromEntries(
    Object.entries(others).map(([field, schema]) => [field, (schema as z.ZodType).nullable().optional()]),
  ) as { [Field in keyof typeof others]: z.ZodOptional<z.ZodNullable<(typeof others)[Field]>> }),
});

export type NewCamera = z.infer<typeof newCameraSchema>;
export type CameraChange = z.infer<typeof cameraChangeSchema>;

/** An entry of the station's own list, as it is kept. `user` and `password` are write-only. */
export type OwnCamera = NewCamera & {
  /** Short and stable: `own:<id>` is the listed camera's. */
  id: string;
  createdAt: number;
};

/** Takes user and password out of the address, so that they are in one place only. */
export function splitLogin<Camera extends { url?: string | null | undefined; user?: unknown; password?: unknown }>(
  camera: Camera,
): Camera {
  const login = camera.url ? loginOf(camera.url) : undefined;
  if (!camera.url || login === undefined) return camera;
  const [user = '', ...password] = login.split(':');
  return {
    ...camera,
    url: withoutLogin(camera.url),
    user: decoded(user),
    password: decoded(password.join(':')),
  };
}

/**
 * The changed camera. An address that is given as it was shown is as it was, secrets and all; the login goes to another
 * host only when it is given anew, or anybody who may edit could have it sent to himself.
 *
 * Throws LOGIN_NEEDED, ADDRESS_HIDDEN.
 */
export function changeCamera(before: OwnCamera, given: CameraChange): OwnCamera {
  const change = { ...splitLogin(given) };
  if (change.url && before.url && change.url === shownAddress(before.url)) change.url = before.url;
  if (change.url?.includes('=***')) {
    throw new ReelflowError('ADDRESS_HIDDEN', 'url: has a hidden part (***); write it out', { field: 'url' });
  }
  const target = change.options?.target;
  const oldTarget = before.options?.target;
  if (change.options && target && oldTarget && target === shownAddress(oldTarget)) {
    change.options = { ...change.options, target: oldTarget };
  }
  const after = { ...before };
  for (const [field, value] of Object.entries(change)) {
    if (value === null) delete after[field as keyof OwnCamera];
    else if (value !== undefined) Object.assign(after, { [field]: value });
  }
  // One way of saying where it is: the new one counts.
  if (change.url) for (const field of ['make', 'host', 'port', 'channel', 'stream'] as const) delete after[field];
  if (change.make) delete after.url;
  const hasLogin = before.user !== undefined || before.password !== undefined;
  if (hasLogin && change.user === undefined && change.password === undefined && whereOf(before) !== whereOf(after)) {
    throw new ReelflowError(
      'LOGIN_NEEDED',
      'password: give user and password again (or null to have none): the address is that of another host',
      { field: 'password' },
    );
  }
  return after;
}

function whereOf({ url, host, port }: OwnCamera): string {
  return url === undefined ? `${host}:${port}` : placeOf(url);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
