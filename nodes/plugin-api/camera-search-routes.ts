import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Route } from '../adapters/http/router.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import type { CameraFinder } from '../core/camera-list/camera-finder.ts';
import { ReelflowError } from '../core/errors.ts';
import type { ApiContext } from './api-context.ts';

/** Cameras that nobody has entered yet: found in the network, and asked what they offer. Nothing is kept. */
export function cameraSearchRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'POST',
      path: '/camera-searches',
      role: 'operator',
      async handle({ request }) {
        readArguments(z.strictObject({}), await readJsonBody(request));
        return { status: 200, body: { devices: await needFinder(context).search() } };
      },
    },
    {
      method: 'POST',
      path: '/camera-profiles',
      role: 'operator',
      async handle({ request, response }) {
        const question = readArguments(questionSchema, await readJsonBody(request));
        const gone = new AbortController();
        response.once('close', () => gone.abort());
        return { status: 200, body: await needFinder(context).ask(question, gone.signal) };
      },
    },
  ];
}

/** Where a device answers when its address says no more than a host (ONVIF Core Specification, 5.10). */
const usualPath = '/onvif/device_service';

const address = z
  .string()
  .trim()
  .min(1)
  .max(2048)
  .transform((text, context) => {
    const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
    const problem = !url
      ? 'must be a host, host:port, or the http:// address of the device'
      : !/^https?:$/.test(url.protocol)
        ? 'must be an http:// or https:// address: the one for questions, not the one of the stream'
        : url.username !== '' || url.password !== ''
          ? 'must not hold a login: give user and password'
          : undefined;
    if (!url || problem !== undefined) {
      context.addIssue({ code: 'custom', message: problem ?? '' });
      return z.NEVER;
    }
    if (url.pathname === '/') url.pathname = usualPath;
    return url.href;
  });

const questionSchema = z.strictObject({
  address,
  user: z.string().min(1).max(256).optional(),
  password: z.string().max(256).optional(),
});

function needFinder(context: ApiContext): CameraFinder {
  const { restream } = context.station();
  if (restream) return restream.finder;
  throw new ReelflowError('RESTREAM_MISSING', 'this station has no restreams', { isRetryable: true });
}
