import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { LiveFiles, Restreams } from '../../core/restream/restream.ts';
import type { Clock, Dispose } from '../../core/time/clock.ts';
import type { InstantLoop } from '../../core/time/instant-loop.ts';
import { addressInput } from '../ffmpeg/input-arguments.ts';
import { startCapture } from '../ffmpeg/start-capture.ts';
import { toolFacts } from '../ffmpeg/tool-facts.ts';
import type { DetachedProcess } from '../process/spawn-detached.ts';
import { terminateGroup } from '../process/terminate.ts';
import type { DeadMansSwitch } from './dead-mans-switch.ts';
import type { RestreamedCameras } from './restreamed-cameras.ts';
import { RunFolders, runFiles } from './run-folder.ts';
import { hlsArguments } from './stream-plan.ts';

/** A player asks each few seconds. */
const idleMs = 30_000;
const checkMs = 5000;
/** A key frame may be ten seconds away, and the first piece is two seconds long. */
const firstPieceMs = 20_000;
const mostAtOnce = 24;
const graces = { interruptMs: 1000, terminateMs: 2000 };

interface Session {
  askedMs: number;
  isEnded: boolean;
  tool: Promise<DetachedProcess>;
}

export interface LiveHlsOptions {
  dataRoot: string;
  restreams: Pick<Restreams, 'get' | 'addressOf'>;
  cameras: RestreamedCameras;
  guard: Pick<DeadMansSwitch, 'arm'>;
  clock: Clock;
  loop: Pick<InstantLoop, 'every'>;
  log: Log;
}

/**
 * The HLS of restreamed cameras. Where a camera is sent to a media server it is read from there, copied into a few pieces
 * on the disk, while somebody watches; so the dashboard can show it whatever the media server offers.
 */
export class LiveHls implements LiveFiles {
  readonly #options: LiveHlsOptions;
  readonly #own: RunFolders;
  readonly #folders: RunFolders;
  readonly #sessions = new Map<string, Session>();
  readonly #stopTimer: Dispose;

  constructor(options: LiveHlsOptions) {
    this.#options = options;
    this.#own = new RunFolders(options.dataRoot);
    this.#folders = new RunFolders(options.dataRoot, 'live');
    this.#stopTimer = options.loop.every(checkMs, () => this.#endIdle());
  }

  /** Ends what an earlier runtime has left. */
  async open(): Promise<void> {
    const running = await this.#folders.running();
    await Promise.all([...running.values()].flat().map((pid) => terminateGroup(pid, () => true, graces)));
    await rm(this.#folders.root, { recursive: true, force: true });
  }

  async find(camera: string, file: string): Promise<string> {
    if (!/^(index\.m3u8|\d{1,16}\.ts)$/.test(file)) throw new ReelflowError('FILE_UNKNOWN', 'there is no such file');
    const { restreams } = this.#options;
    if (!restreams.get(camera)) {
      throw new ReelflowError('CAMERA_UNKNOWN', `there is no restreamed camera "${camera}"`, { field: 'camera' });
    }
    if (restreams.addressOf(camera) === undefined) return await whenThere(join(this.#own.live(camera), file), file);
    const session = await this.#session(camera);
    session.askedMs = this.#options.clock.monotonicMs();
    return await whenThere(join(this.#folders.live(camera), file), file, () => session.isEnded);
  }

  async close(): Promise<void> {
    this.#stopTimer();
    await Promise.all([...this.#sessions.keys()].map((camera) => this.#end(camera)));
  }

  async #session(camera: string): Promise<Session> {
    const known = this.#sessions.get(camera);
    if (known && !known.isEnded) return known;
    if (this.#sessions.size >= mostAtOnce) {
      throw new ReelflowError('LIVE_UNAVAILABLE', `${mostAtOnce} cameras are being watched already`, {
        isRetryable: true,
      });
    }
    const session: Session = {
      askedMs: this.#options.clock.monotonicMs(),
      isEnded: false,
      tool: this.#start(camera),
    };
    this.#sessions.set(camera, session);
    try {
      const { ended } = await session.tool;
      void ended.then(() => {
        session.isEnded = true;
      });
      return session;
    } catch (error) {
      this.#sessions.delete(camera);
      throw new ReelflowError('LIVE_UNAVAILABLE', toReelflowError(error).message, { cause: error, isRetryable: true });
    }
  }

  async #start(camera: string): Promise<DetachedProcess> {
    const source = this.#options.cameras.get(camera);
    if (!source) throw new ReelflowError('CAMERA_UNKNOWN', `there is no restreamed camera "${camera}"`);
    const input = addressInput(source, await toolFacts('ffmpeg'), []);
    const folder = this.#folders.of(camera);
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, runFiles.live), { recursive: true, mode: 0o700 });
    const argv = [
      ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+error', '-y', ...input.argv],
      ['-map', '0:v:0', '-map', '0:a:0?', '-c:v', 'copy', '-c:a', 'aac', '-b:a', '96k'],
      hlsArguments,
    ].flat();
    this.#options.guard.arm();
    return await startCapture(
      { command: 'ffmpeg', argv, ...(input.list === undefined ? {} : { list: input.list }) },
      folder,
    );
  }

  #endIdle(): void {
    const now = this.#options.clock.monotonicMs();
    for (const [camera, { askedMs, isEnded }] of this.#sessions) {
      if (isEnded || now - askedMs > idleMs) void this.#end(camera);
    }
  }

  async #end(camera: string): Promise<void> {
    const session = this.#sessions.get(camera);
    this.#sessions.delete(camera);
    if (!session) return;
    try {
      const { identity } = await session.tool;
      if (!session.isEnded) await terminateGroup(identity.pid, () => session.isEnded, graces);
      if (!this.#sessions.has(camera)) await this.#folders.remove(camera);
    } catch (error) {
      this.#options.log.debug(`live ${camera}: ${toReelflowError(error).message}`);
    }
  }
}

/** Waits for the playlist, which comes with the first piece; pieces are there or gone. */
async function whenThere(path: string, file: string, isEnded: () => boolean = () => false): Promise<string> {
  const deadline = performance.now() + (file === runFiles.playlist ? firstPieceMs : 0);
  for (;;) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
    if (file !== runFiles.playlist) throw new ReelflowError('FILE_UNKNOWN', 'this piece is gone');
    if (isEnded() || performance.now() > deadline) {
      throw new ReelflowError('LIVE_UNAVAILABLE', 'the camera delivers nothing that could be shown', {
        isRetryable: true,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
