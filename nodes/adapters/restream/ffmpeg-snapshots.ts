import { execa } from 'execa';
import type { Previews } from '../../core/camera/previews.ts';
import type { CameraSnapshot, CameraSnapshots } from '../../core/camera-list/camera-snapshot.ts';
import type { ListedCamera } from '../../core/camera-list/listed-camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import { Slots } from '../../core/ingest/slots.ts';
import { reasonWords } from '../../core/restream/failure.ts';
import type { CameraProber } from '../../core/restream/ports.ts';
import type { ReasonClass, Restreams } from '../../core/restream/restream.ts';
import { placeOf } from '../../core/restream/target.ts';
import type { Clock } from '../../core/time/clock.ts';
import { addressInput } from '../ffmpeg/input-arguments.ts';
import { toolFacts } from '../ffmpeg/tool-facts.ts';
import { toolEnvironment } from '../process/tool-environment.ts';
import { cameraSource } from './camera-source.ts';
import { lookTrouble } from './look-trouble.ts';
import { tryConnection } from './network-knocker.ts';

const mostAtOnce = 4;
/** A key frame may be ten seconds away. */
const timeoutMs = 13_000;
/** Which tracks there are is known by now; FFmpeg would listen for 5 s to find out more. */
const quick = ['-analyzeduration', '500000', '-probesize', '500000'];
const sharedMs = 5000;
const largestBytes = 4 * 1024 * 1024;

export interface FfmpegSnapshotsOptions {
  restreams: Pick<Restreams, 'livePath'>;
  pictures: Pick<Previews, 'still'>;
  probes: Pick<CameraProber, 'known' | 'remember'>;
  clock: Clock;
  toolPath?: string;
}

/** Pictures by FFmpeg, four cameras at a time: the first key frame, at most 1280 wide. */
export class FfmpegSnapshots implements CameraSnapshots {
  readonly #options: FfmpegSnapshotsOptions;
  readonly #slots = new Slots();

  constructor(options: FfmpegSnapshotsOptions) {
    this.#options = options;
  }

  async take(camera: ListedCamera, signal: AbortSignal): Promise<CameraSnapshot> {
    return (await this.#shared(camera)) ?? (await this.#asked(camera, signal));
  }

  /** Its one connection is enough. */
  async #shared(camera: ListedCamera): Promise<CameraSnapshot | undefined> {
    const { restreams, pictures, clock } = this.#options;
    const path = restreams.livePath(camera);
    if (path === undefined) return undefined;
    try {
      return { ok: true, at: clock.now(), jpeg: await pictures.still(path, sharedMs) };
    } catch {
      // It ended at this moment, or the media server gives it to nobody: the camera itself may still answer.
      return undefined;
    }
  }

  async #asked(camera: ListedCamera, signal: AbortSignal): Promise<CameraSnapshot> {
    const { probes, clock } = this.#options;
    // What was refused a moment ago is not tried again: cameras lock out who does.
    const known = probes.known(camera);
    if (known?.ok === false) return this.#failed(known.reason as ReasonClass, known.message);
    const place = placeOf(camera.url);
    const connection = place ? await tryConnection(place, signal) : 'open';
    signal.throwIfAborted();
    if (connection !== 'open') return this.#failed(connection, reasonWords(connection));
    const leave = await this.#slots.take('snapshot', () => mostAtOnce, signal);
    try {
      return { ok: true, at: clock.now(), jpeg: await this.#decode(camera, signal) };
    } catch (error) {
      signal.throwIfAborted();
      const { reason, message } = lookTrouble(error);
      const failed = this.#failed(reason, message);
      if (reason === 'unauthorised') probes.remember(camera, failed);
      return failed;
    } finally {
      leave();
    }
  }

  #failed(reason: ReasonClass, message: string) {
    return { ok: false as const, at: this.#options.clock.now(), reason, message };
  }

  /** Rejects with what the tool said, PROBE_TIMEOUT or TOOL_MISSING. */
  async #decode(camera: ListedCamera, cancelSignal: AbortSignal): Promise<Uint8Array> {
    const { toolPath = 'ffmpeg' } = this.#options;
    const { argv, list } = addressInput(cameraSource(camera), await toolFacts('ffmpeg'), quick);
    const input = argv.map((word) => (word === 'pipe:3' ? 'pipe:0' : word));
    const picture = ['-map', '0:v:0', '-frames:v', '1', '-vf', "scale='min(1280,iw)':-2", '-pix_fmt', 'yuvj420p'];
    const result = await execa(
      toolPath,
      [
        ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'error', '-skip_frame', 'nokey', ...input],
        [...picture, '-q:v', '4', '-f', 'mjpeg', 'pipe:1'],
      ].flat(),
      {
        ...{ reject: false, timeout: timeoutMs, killSignal: 'SIGKILL', cancelSignal, encoding: 'buffer' },
        maxBuffer: largestBytes,
        env: toolEnvironment(),
        extendEnv: false,
        ...(list === undefined ? { stdin: 'ignore' } : { input: list }),
      },
    );
    if (result.code === 'ENOENT') throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not installed`);
    if (result.timedOut) throw new ReelflowError('PROBE_TIMEOUT', `no picture within ${timeoutMs} ms`);
    if (result.stdout.length > 0 && !result.isMaxBuffer) return result.stdout;
    throw new ReelflowError('SNAPSHOT_FAILED', new TextDecoder().decode(result.stderr).trim());
  }
}
