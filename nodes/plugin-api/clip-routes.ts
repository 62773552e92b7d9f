import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { sendFile } from '../adapters/http/send-file.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { type Clip, type Clips, type ClipsDoor, clipGaps } from '../core/clips/clip.ts';
import { ReelflowError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import type { ApiContext } from './api-context.ts';
import { instant } from './input.ts';
import { iso } from './recording-json.ts';

const orderBody = z.strictObject({
  channel: z.string(),
  start: instant,
  end: instant,
  gap: z.enum(clipGaps).default('fail'),
  title: z.string().max(200).default(''),
});

/** Ranges of the archive as MP4 files: ordered, made in the background, downloaded, removed after a week. */
export function clipRoutes(context: ApiContext): Route[] {
  const need = async ({ params }: Call): Promise<{ clips: Clips; id: string }> => {
    const id = params['id'] ?? '';
    const door = doorOf(context);
    if (!door.isUsed) throw new ReelflowError('CLIP_UNKNOWN', `there is no clip "${id}"`, { field: 'id' });
    return { clips: await door.open(), id };
  };
  return [
    {
      method: 'GET',
      path: '/clips',
      role: 'viewer',
      async handle() {
        const door = doorOf(context);
        const clips = door.isUsed ? await (await door.open()).list() : [];
        return { status: 200, body: { clips: clips.map(clipJson) } };
      },
    },
    {
      method: 'POST',
      path: '/clips',
      role: 'operator',
      async handle(call) {
        const { start, end, ...order } = readArguments(orderBody, await readJsonBody(call.request));
        const clips = await doorOf(context).open();
        const body = clipJson(await clips.order({ ...order, startMs: start, endMs: end }));
        return { status: 202, body, headers: { Location: body.url } };
      },
    },
    {
      method: 'GET',
      path: '/clips/{id}',
      role: 'viewer',
      async handle(call) {
        const { clips, id } = await need(call);
        return { status: 200, body: clipJson(await clips.get(id)) };
      },
    },
    {
      method: 'GET',
      path: '/clips/{id}/file',
      role: 'viewer',
      async handle(call) {
        const { clips, id } = await need(call);
        const { path, name } = await clips.file(id);
        const isDownload = call.query.has('download') && call.query.get('download') !== '0';
        await sendFile(call.request, call.response, {
          path,
          mimeType: 'video/mp4',
          ...(isDownload ? { downloadName: name } : {}),
        });
        return undefined;
      },
    },
    {
      method: 'POST',
      path: '/clips/{id}/retry',
      role: 'operator',
      async handle(call) {
        const { clips, id } = await need(call);
        return { status: 202, body: clipJson(await clips.retry(id)) };
      },
    },
    {
      method: 'DELETE',
      path: '/clips/{id}',
      role: 'operator',
      async handle(call) {
        const { clips, id } = await need(call);
        await clips.remove(id);
        return { status: 204 };
      },
    },
  ];
}

function doorOf(context: ApiContext): ClipsDoor {
  const { clips } = context.station();
  if (clips) return clips;
  throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive', { isRetryable: true });
}

function clipJson({ job, progress, result, removedAt }: Clip) {
  const url = `/api/v1/clips/${encodeURIComponent(job.id)}`;
  const { channel, startMs, endMs, gap, title } = job.data;
  return {
    id: job.id,
    url,
    channel,
    start: iso(startMs),
    end: iso(endMs),
    gap,
    title,
    state: job.state,
    attempts: job.attempts,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    nextAttemptAt: job.state === 'retrying' ? iso(job.runAt) : undefined,
    error: job.error && { code: job.error.code, message: redact(job.error.message) },
    progress,
    file: result && {
      url: `${url}/file`,
      sizeBytes: result.sizeBytes,
      durationMs: Math.round(result.durationMs),
      start: iso(result.delivered.startMs),
      end: iso(result.delivered.endMs),
      gaps: result.gaps.map((one) => ({
        start: iso(one.startMs),
        end: iso(one.endMs),
        track: one.track,
        code: one.code,
      })),
      removedAt: iso(removedAt),
    },
  };
}
