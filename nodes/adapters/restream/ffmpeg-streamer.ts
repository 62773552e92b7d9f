import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProbeResult } from '../../core/camera-list/probe-result.ts';
import type { Log } from '../../core/log.ts';
import { redact } from '../../core/redact.ts';
import type { Stream, Streamer, StreamJob } from '../../core/restream/ports.ts';
import type { Clock } from '../../core/time/clock.ts';
import { needAudioEncoder, needVideoEncoder } from '../ffmpeg/encoders.ts';
import { captureFiles } from '../ffmpeg/output-arguments.ts';
import { startCapture } from '../ffmpeg/start-capture.ts';
import { toolFacts } from '../ffmpeg/tool-facts.ts';
import { readToolLog, tellingLines } from '../ffmpeg/tool-log.ts';
import { readIdentity } from '../process/identity.ts';
import { terminateGroup } from '../process/terminate.ts';
import { waitForEnd } from '../process/wait-for-end.ts';
import type { DeadMansSwitch } from './dead-mans-switch.ts';
import { FfmpegStream, startMark } from './ffmpeg-stream.ts';
import type { LoopRecordings } from './loop-recordings.ts';
import type { RunFolders } from './run-folder.ts';
import { SocketMeter } from './socket-meter.ts';
import { streamPlan, videoProfile } from './stream-plan.ts';

const logLines = 50;
/** A tool of an earlier runtime that is not wanted any more. */
const strayGraces = { interruptMs: 1000, terminateMs: 4000 };

export interface FfmpegStreamerOptions {
  folders: RunFolders;
  guard: Pick<DeadMansSwitch, 'arm'>;
  loops: Pick<LoopRecordings, 'prepare'>;
  clock: Clock;
  log: Log;
  toolPath?: string;
}

/** Sends cameras on by FFmpeg, one process each, which outlives this runtime. */
export class FfmpegStreamer implements Streamer {
  readonly #options: Required<FfmpegStreamerOptions>;
  readonly #meter: SocketMeter;
  /** Found at the start: tools of an earlier runtime that may be wanted still. Later ones are all our own. */
  #left = new Map<string, number[]>();

  constructor(options: FfmpegStreamerOptions) {
    this.#options = { toolPath: 'ffmpeg', ...options };
    this.#meter = new SocketMeter(options.clock);
  }

  async begin(job: StreamJob, probe: ProbeResult | undefined): Promise<Stream> {
    const { folders, toolPath } = this.#options;
    const { target } = job;
    if (target.kind === 'pull') throw new TypeError('the media server fetches this one');
    const facts = await toolFacts(toolPath);
    await needVideoEncoder(toolPath, videoProfile(job).encoder);
    if (job.audio === 'aac' || job.audio === 'opus') await needAudioEncoder(toolPath, job.audio);
    const { recordLoop } = job.camera.options;
    const loopFolder = recordLoop && (await this.#options.loops.prepare(job.path, recordLoop));
    const plan = streamPlan({ ...job, target }, facts, probe, loopFolder);
    const folder = await folders.prepare(job);
    await appendFile(
      join(folder, captureFiles.log),
      `${startMark} ${new Date(this.#options.clock.now()).toISOString()}\n`,
      {
        mode: 0o600,
      },
    );
    this.#options.guard.arm();
    const { identity, ended } = await startCapture({ command: toolPath, ...plan }, folder);
    return this.#stream(job, identity, ended);
  }

  async adopt(job: StreamJob): Promise<Stream | undefined> {
    const { folders } = this.#options;
    const pids = this.#left.get(job.path) ?? [];
    this.#left.delete(job.path);
    const [pid, ...more] = pids;
    if (pid === undefined) return undefined;
    const identity = await readIdentity(pid);
    if (identity && more.length === 0 && job.target.kind !== 'pull' && (await folders.isFor(job))) {
      this.#options.guard.arm();
      return this.#stream(job, identity, waitForEnd(identity));
    }
    await this.#end(pids);
    return undefined;
  }

  async endOthers(paths: ReadonlySet<string>): Promise<void> {
    const { folders } = this.#options;
    const running = await folders.running();
    this.#left = new Map([...running].filter(([path]) => paths.has(path)));
    await this.#end([...running].flatMap(([path, pids]) => (paths.has(path) ? [] : pids)));
    for (const path of await folders.list()) if (!paths.has(path)) await folders.remove(path);
  }

  async log(path: string): Promise<string[]> {
    const text = await readToolLog(join(this.#options.folders.of(path), captureFiles.log));
    return tellingLines(redact(text), logLines);
  }

  async forget(path: string): Promise<void> {
    await this.#options.folders.remove(path);
  }

  #stream(
    { path, target }: StreamJob,
    identity: FfmpegStreamIdentity,
    ended: ConstructorParameters<typeof FfmpegStream>[0]['ended'],
  ) {
    const { clock, log, folders } = this.#options;
    const direction = target.kind === 'embedded' ? 'received' : 'sent';
    return new FfmpegStream({ folder: folders.of(path), identity, ended, meter: this.#meter, direction, clock, log });
  }

  async #end(pids: readonly number[]): Promise<void> {
    await Promise.all(pids.map((pid) => terminateGroup(pid, () => true, strayGraces)));
  }
}

type FfmpegStreamIdentity = ConstructorParameters<typeof FfmpegStream>[0]['identity'];
