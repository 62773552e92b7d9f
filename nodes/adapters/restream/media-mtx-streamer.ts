import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { ToolEnd } from '../../core/restream/failure.ts';
import type { Stream, Streamer, StreamJob, StreamLook } from '../../core/restream/ports.ts';
import type { Clock, Dispose } from '../../core/time/clock.ts';
import type { InstantLoop } from '../../core/time/instant-loop.ts';
import type { MediaMtx, PathConfig, ServedPath } from './media-mtx.ts';

/** One question for all paths; what a restarted server has forgotten is set up again within this time. */
const reconcileMs = 2000;
/** Set up, but nothing comes: the camera is away, and the supervisor takes over with its own rules. */
const offlineMs = 10_000;

export interface MediaMtxStreamerOptions {
  server: MediaMtx;
  clock: Clock;
  loop: Pick<InstantLoop, 'every'>;
  log: Log;
}

/** Has the media server fetch cameras, and watches that it does. */
export class MediaMtxStreamer implements Streamer {
  readonly #server: MediaMtx;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #streams = new Map<string, PulledStream>();
  readonly #stopTimer: Dispose;
  #isAsking = false;
  #trouble: string | undefined;

  constructor({ server, clock, loop, log }: MediaMtxStreamerOptions) {
    this.#server = server;
    this.#clock = clock;
    this.#log = log;
    this.#stopTimer = loop.every(reconcileMs, () => {
      if (!this.#isAsking && this.#streams.size > 0) void this.#reconcile();
    });
  }

  async begin(job: StreamJob): Promise<Stream> {
    const stream = this.#make(job);
    await this.#put(stream.path, stream.config, await this.#server.configured());
    this.#streams.set(stream.path, stream);
    return stream;
  }

  /** The server has gone on without us: what is set up as it should be needs nothing. */
  async adopt(job: StreamJob): Promise<Stream | undefined> {
    const stream = this.#make(job);
    const found = await this.#server.configured().catch(() => undefined);
    if (!found || !isAsWanted(found.get(stream.path), stream.config)) return undefined;
    this.#streams.set(stream.path, stream);
    return stream;
  }

  /** Paths that others have set up are theirs. */
  async endOthers(): Promise<void> {}

  async log(): Promise<string[]> {
    return this.#trouble === undefined ? [] : [this.#trouble];
  }

  async forget(): Promise<void> {}

  close(): void {
    this.#stopTimer();
  }

  #make({ target, camera }: StreamJob): PulledStream {
    if (target.kind !== 'pull') throw new TypeError('this one is sent by a process of ours');
    const config = {
      source: camera.url,
      rtspTransport: camera.options.transport ?? 'tcp',
      sourceOnDemand: false,
    } as const;
    const stream: PulledStream = new PulledStream(target.path, config, this.#clock, async () => {
      if (this.#streams.get(stream.path) === stream) this.#streams.delete(stream.path);
      await this.#server.remove(stream.path).catch((error: unknown) => this.#note(error));
    });
    return stream;
  }

  async #reconcile(): Promise<void> {
    this.#isAsking = true;
    try {
      const [configured, paths] = await Promise.all([this.#server.configured(), this.#server.paths()]);
      for (const stream of this.#streams.values()) {
        await this.#put(stream.path, stream.config, configured);
        stream.see(paths.get(stream.path));
      }
      this.#note(undefined);
    } catch (error) {
      this.#note(error);
      for (const stream of this.#streams.values()) stream.seeNothing();
    } finally {
      this.#isAsking = false;
    }
  }

  async #put(
    path: string,
    config: PathConfig,
    configured: ReadonlyMap<string, Record<string, unknown>>,
  ): Promise<void> {
    const found = configured.get(path);
    if (isAsWanted(found, config)) return;
    if (found) await this.#server.patch(path, config);
    else await this.#server.add(path, config);
  }

  #note(error: unknown): void {
    const trouble = error === undefined ? undefined : toReelflowError(error).message;
    if (trouble !== undefined && trouble !== this.#trouble) this.#log.warn(trouble);
    this.#trouble = trouble;
  }
}

function isAsWanted(found: Record<string, unknown> | undefined, config: PathConfig): boolean {
  return found !== undefined && Object.entries(config).every(([key, value]) => found[key] === value);
}

/** One path that the media server fetches. It counts as ended when nothing comes, so that the camera's own rules apply. */
class PulledStream implements Stream {
  readonly path: string;
  readonly config: PathConfig;
  readonly ended: Promise<ToolEnd>;
  readonly #clock: Clock;
  readonly #remove: () => Promise<void>;
  readonly #end = Promise.withResolvers<ToolEnd>();
  #bytes: { total: number; atMs: number } | undefined;
  #isOnline = false;
  #offlineSinceMs: number;
  #isStopped = false;

  constructor(path: string, config: PathConfig, clock: Clock, remove: () => Promise<void>) {
    this.path = path;
    this.config = config;
    this.#clock = clock;
    this.#remove = remove;
    this.#offlineSinceMs = clock.monotonicMs();
    this.ended = this.#end.promise;
  }

  async look(): Promise<StreamLook> {
    const bytes = this.#isOnline ? this.#bytes : undefined;
    return { sign: bytes ? String(bytes.total) : '', ...(bytes ? { bytes } : {}) };
  }

  async stop(): Promise<void> {
    await this.#finish([]);
  }

  see(path: ServedPath | undefined): void {
    const nowMs = this.#clock.monotonicMs();
    this.#isOnline = path?.isOnline ?? false;
    if (path?.isOnline) {
      this.#bytes = { total: path.inboundBytes, atMs: nowMs };
      this.#offlineSinceMs = nowMs;
    } else if (nowMs - this.#offlineSinceMs > offlineMs) void this.#finish(['[error] Connection timed out']);
  }

  /** The server itself is away: it has forgotten the path, and says nothing about the camera. */
  seeNothing(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#isOnline = false;
    if (nowMs - this.#offlineSinceMs > offlineMs) {
      void this.#finish(['[error] Could not write header: Connection refused']);
    }
  }

  async #finish(lines: string[]): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#remove();
    this.#end.resolve({ exitCode: null, signal: null, lines });
  }
}
