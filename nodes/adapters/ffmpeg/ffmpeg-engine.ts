import { access, mkdir } from 'node:fs/promises';
import type { Camera, CommandOutput } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type {
  CaptureEngine,
  CaptureProcess,
  CaptureRecord,
  CaptureRequest,
  CaptureStatus,
} from '../../core/recording/capture.ts';
import type { Clock } from '../../core/time/clock.ts';
import { isRunning } from '../process/identity.ts';
import { waitForEnd } from '../process/wait-for-end.ts';
import { copyableAudio } from './audio-copy.ts';
import { type CapturePlan, capturePlan, commandPlan, usedProfile } from './capture-plan.ts';
import { CaptureWatch } from './capture-watch.ts';
import { needAudioEncoder, needVideoEncoder } from './encoders.ts';
import { FfmpegCapture } from './ffmpeg-capture.ts';
import { identityOf, isCommandFixed } from './identity-of.ts';
import { startCapture } from './start-capture.ts';
import { toolFacts } from './tool-facts.ts';

/** Captures with FFmpeg, one process a camera, which outlives this runtime. */
export class FfmpegEngine implements CaptureEngine {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #toolPath: string;

  /** `toolPath`: FFmpeg, from the PATH when it is not given. */
  constructor({ clock, log, toolPath = 'ffmpeg' }: { clock: Clock; log: Log; toolPath?: string }) {
    this.#clock = clock;
    this.#log = log;
    this.#toolPath = toolPath;
  }

  /**
   * Rejects with TOOL_MISSING, ENCODER_UNAVAILABLE, SOURCE_INVALID, DEVICE_MISSING, SOURCE_MISSING or
   * CAPTURE_SPAWN_FAILED. A camera that does not answer is no error here: the tool ends by itself, and its log says why.
   */
  async begin(request: CaptureRequest): Promise<CaptureProcess> {
    const { camera, directory, id } = request;
    await mkdir(directory, { recursive: true });
    await needSource(camera);
    const plan = await this.#plan(request);
    const spawnedAt = this.#clock.now();
    const { identity, ended } = await startCapture(plan, directory);
    const record: CaptureRecord = {
      id,
      cameraId: camera.id,
      input: camera.name,
      directory,
      pid: identity.pid,
      processStartTicks: identity.startTicks,
      bootId: identity.bootId,
      commandHash: identity.commandHash,
      spawnedAt,
      ...(plan.outputs ? { outputs: plan.outputs } : {}),
      flavor: camera.flavor,
      profile: camera.profile,
      guardMs: request.guardMs,
    };
    return new FfmpegCapture(record, ended, { clock: this.#clock, log: this.#log });
  }

  async adopt(record: CaptureRecord): Promise<CaptureProcess | undefined> {
    const identity = identityOf(record);
    if (!(await isRunning(identity, isCommandFixed(record)))) return undefined;
    const ended = waitForEnd(identity, isCommandFixed(record));
    return new FfmpegCapture(record, ended, { clock: this.#clock, log: this.#log });
  }

  async inspect(record: CaptureRecord): Promise<CaptureStatus> {
    return { isRunning: false, ...(await new CaptureWatch(record, this.#clock).look()) };
  }

  async #plan(request: CaptureRequest): Promise<CapturePlan & { outputs?: CommandOutput[] }> {
    const { camera } = request;
    if (camera.source.kind === 'command') return commandPlan(request);
    const facts = await toolFacts(this.#toolPath);
    const { profile } = camera;
    const audioCodec = profile.audio.encoder === 'copy' ? await copyableAudio(camera, this.#toolPath) : undefined;
    const fitting = usedProfile(camera, audioCodec);
    await needVideoEncoder(this.#toolPath, fitting.video.encoder);
    await needAudioEncoder(this.#toolPath, fitting.audio.encoder);
    return capturePlan(request, this.#toolPath, facts, audioCodec);
  }
}

/** Local sources that are not there are told at once and by name. */
async function needSource({ name, source }: Camera): Promise<void> {
  const [path, code] =
    source.kind === 'v4l2'
      ? [source.device, 'DEVICE_MISSING']
      : source.kind === 'file'
        ? [source.path, 'SOURCE_MISSING']
        : [undefined, ''];
  if (path === undefined) return;
  try {
    await access(path);
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be read' : 'is not there';
    throw new ReelflowError(code, `camera "${name}": ${path} ${problem}`, {
      cause,
      isRetryable: true,
      field: 'source',
    });
  }
}
