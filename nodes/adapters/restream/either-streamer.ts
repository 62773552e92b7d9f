import type { ProbeResult } from '../../core/camera-list/probe-result.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { Stream, Streamer, StreamJob } from '../../core/restream/ports.ts';

/** Processes of ours, or the media server: whoever a job is for. */
export class EitherStreamer implements Streamer {
  readonly #tool: Streamer;
  readonly #server: Streamer | undefined;

  constructor(tool: Streamer, server: Streamer | undefined) {
    this.#tool = tool;
    this.#server = server;
  }

  async begin(job: StreamJob, probe: ProbeResult | undefined): Promise<Stream> {
    return await this.#for(job).begin(job, probe);
  }

  async adopt(job: StreamJob): Promise<Stream | undefined> {
    // A process of ours under this path ends when the media server is to fetch the camera now.
    const own = await this.#tool.adopt(job);
    return own ?? (job.target.kind === 'pull' ? await this.#server?.adopt(job) : undefined);
  }

  async endOthers(paths: ReadonlySet<string>): Promise<void> {
    await this.#tool.endOthers(paths);
  }

  async log(path: string): Promise<string[]> {
    const own = await this.#tool.log(path);
    return [...own, ...((await this.#server?.log(path)) ?? [])];
  }

  async forget(path: string): Promise<void> {
    await this.#tool.forget(path);
  }

  #for({ target }: StreamJob): Streamer {
    if (target.kind !== 'pull') return this.#tool;
    if (this.#server) return this.#server;
    throw new ReelflowError('INVALID_TARGET', '"pull" needs REELFLOW_MEDIA_SERVER_API', { field: 'mode' });
  }
}
