import type { Call, Route } from '../adapters/http/router.ts';
import type { Archive, ArchiveDoor, CaptureJob } from '../core/archive/archive.ts';
import type { Channel } from '../core/archive/channel.ts';
import { ReelflowError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import { oldChannelJson } from './channel-json.ts';
import { withPlainErrors } from './plain-errors.ts';

const mostJobs = 1000;

/** `/api/job`: the captures, in the fields of the replaced service. Queued ones are there too, with `state`. Always JSON. */
export function jobDoor(door: () => ArchiveDoor): Route[] {
  const need = async (call: Call): Promise<{ archive: Archive; found: CaptureJob }> => {
    if (!door().isUsed) throw new ReelflowError('JOB_UNKNOWN', 'job not found');
    const archive = await door().open();
    try {
      return { archive, found: await archive.job(call.params['id'] ?? '') };
    } catch (error) {
      if (!(error instanceof ReelflowError) || error.code !== 'JOB_UNKNOWN') throw error;
      throw new ReelflowError('JOB_UNKNOWN', 'job not found', { cause: error });
    }
  };
  const routes: Route[] = [
    {
      method: 'GET',
      path: '',
      role: 'viewer',
      async handle() {
        if (!door().isUsed) return { status: 200, body: {} };
        const archive = await door().open();
        const channels = new Map((await archive.channels()).map(({ channel }) => [channel.name, channel]));
        const jobs = await archive.jobs({ limit: mostJobs });
        const shown = jobs.map(async (one) => [
          one.job.id,
          await jobJson(archive, one, channels.get(one.job.data.channel)),
        ]);
        return { status: 200, body: Object.fromEntries(await Promise.all(shown)) };
      },
    },
    {
      method: 'GET',
      path: '/{id}',
      role: 'viewer',
      async handle(call) {
        const { archive, found } = await need(call);
        const views = await archive.channels();
        const channel = views.find(({ channel: { name } }) => name === found.job.data.channel)?.channel;
        return { status: 200, body: await jobJson(archive, found, channel) };
      },
    },
    {
      method: 'GET',
      path: '/{id}/capture_log',
      role: 'viewer',
      async handle(call) {
        const { found } = await need(call);
        const lines = found.report?.log ?? [];
        if (lines.length === 0) throw new ReelflowError('JOB_UNKNOWN', 'no capture logs');
        return { status: 200, body: { stderr: lines.map((line) => `${line}\n`).join('') } };
      },
    },
  ];
  return routes.map(withPlainErrors);
}

async function jobJson(archive: Archive, { job, report }: CaptureJob, channel: Channel | undefined) {
  const { channel_url, s3_endpoint, s3_bucket, s3_access_key, s3_secret_key, s3_region, secure } = channel
    ? await oldChannelJson(archive, channel)
    : ({} as Partial<Awaited<ReturnType<typeof oldChannelJson>>>);
  const isOver = job.state === 'completed' || job.state === 'failed' || job.state === 'cancelled';
  const capture = report?.stages.capture;
  return {
    id: job.id,
    channel_name: job.data.channel,
    channel_url,
    // As Flask writes times.
    start: new Date(job.data.startMs).toUTCString(),
    end: new Date(job.data.endMs).toUTCString(),
    s3_endpoint,
    s3_bucket,
    s3_access_key,
    s3_secret_key,
    s3_region,
    secure,
    chunk: report?.key,
    state: job.state,
    error: job.error && redact(job.error.message),
    start_time: report && new Date(report.startedAt).toISOString(),
    start_timestamp: report && report.startedAt / 1000,
    capture_returncode: capture === 'done' ? 0 : capture === 'failed' || job.state === 'failed' ? 1 : undefined,
    capture_log: report && job.id,
    ...(isOver && report?.endedAt !== undefined
      ? { complete_time: new Date(report.endedAt).toISOString(), complete_timestamp: report.endedAt / 1000 }
      : {}),
    stages: report?.stages ?? {},
  };
}
