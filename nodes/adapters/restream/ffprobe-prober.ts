import { createHash } from 'node:crypto';
import type { ListedCamera } from '../../core/camera-list/listed-camera.ts';
import type { ProbeResult } from '../../core/camera-list/probe-result.ts';
import { Slots } from '../../core/ingest/slots.ts';
import { reasonWords } from '../../core/restream/failure.ts';
import type { CameraProber } from '../../core/restream/ports.ts';
import type { ReasonClass } from '../../core/restream/restream.ts';
import { placeOf } from '../../core/restream/target.ts';
import type { Clock } from '../../core/time/clock.ts';
import { probe } from '../ffmpeg/ffprobe.ts';
import { addressInput } from '../ffmpeg/input-arguments.ts';
import { toolFacts } from '../ffmpeg/tool-facts.ts';
import { cameraSource } from './camera-source.ts';
import { lookTrouble } from './look-trouble.ts';
import { tryConnection } from './network-knocker.ts';

const keepMs = 24 * 3600_000;
/** A wrong login is not tried again by chance: cameras lock out who does. */
const loginKeepMs = 5 * 60_000;
const mostAtOnce = 4;
/** Finding out the frame rate takes 2 s, and nobody needs it before the stream runs. */
const quick = ['-analyzeduration', '500000', '-probesize', '500000'];
/** A key frame may be ten seconds away. */
const patient = ['-analyzeduration', '10000000', '-probesize', '5000000'];
const timeoutMs = 15_000;

/** Where findings are kept over a restart; keys are hashes of addresses. */
export interface ProbeStore {
  probe(key: string): ProbeResult | undefined;
  saveProbe(key: string, probe: ProbeResult): void;
  dropProbe(key: string): void;
}

export interface FfprobeProberOptions {
  store: ProbeStore;
  clock: Clock;
  toolPath?: string;
}

/** Looks at cameras with ffprobe, four at a time, each address once. */
export class FfprobeProber implements CameraProber {
  readonly #store: ProbeStore;
  readonly #clock: Clock;
  readonly #toolPath: string;
  readonly #slots = new Slots();
  readonly #running = new Map<string, Promise<ProbeResult>>();
  readonly #refused = new Map<string, ProbeResult>();

  constructor({ store, clock, toolPath = 'ffprobe' }: FfprobeProberOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#toolPath = toolPath;
  }

  known(camera: ListedCamera): ProbeResult | undefined {
    const key = keyOf(camera);
    const now = this.#clock.now();
    const refused = this.#refused.get(key);
    if (refused && now - refused.at < loginKeepMs) return refused;
    this.#refused.delete(key);
    const kept = this.#store.probe(key);
    return kept && Math.abs(now - kept.at) < keepMs ? kept : undefined;
  }

  async probe(camera: ListedCamera, signal: AbortSignal): Promise<ProbeResult> {
    const known = this.known(camera);
    if (known) return known;
    const key = keyOf(camera);
    let running = this.#running.get(key);
    if (!running) {
      running = this.#look(camera).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    signal.throwIfAborted();
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([running, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  remember(camera: ListedCamera, found: ProbeResult): void {
    const key = keyOf(camera);
    if (found.ok) {
      this.#refused.delete(key);
      this.#store.saveProbe(key, found);
    } else if (found.reason === 'unauthorised') this.#refused.set(key, found);
  }

  forget(camera: ListedCamera): void {
    const key = keyOf(camera);
    this.#refused.delete(key);
    this.#store.dropProbe(key);
  }

  async #look(camera: ListedCamera): Promise<ProbeResult> {
    const never = new AbortController().signal;
    const place = placeOf(camera.url);
    // Cameras that are not there must not take the places of those that are.
    const connection = place ? await tryConnection(place, never) : 'open';
    if (connection !== 'open') return this.#failed(connection, reasonWords(connection));
    const leave = await this.#slots.take('probe', () => mostAtOnce, never);
    try {
      const found = await this.#ask(camera);
      this.remember(camera, found);
      return found;
    } finally {
      leave();
    }
  }

  async #ask(camera: ListedCamera): Promise<ProbeResult> {
    try {
      const first = await this.#tracks(camera, quick);
      return isWhole(first) ? first : await this.#tracks(camera, patient);
    } catch (error) {
      const { reason, message } = lookTrouble(error);
      return this.#failed(reason, message);
    }
  }

  async #tracks(camera: ListedCamera, depth: readonly string[]): Promise<ProbeResult> {
    const plan = addressInput(cameraSource(camera), await toolFacts('ffmpeg'), depth);
    const { argv, list } = plan;
    const input =
      list === undefined ? { argv } : { argv: argv.map((word) => (word === 'pipe:3' ? 'pipe:0' : word)), list };
    const { tracks } = await probe(input, { timeoutMs, toolPath: this.#toolPath });
    const known = tracks.flatMap(({ kind, ...track }) => (kind === 'other' ? [] : [{ kind, ...track }]));
    return { ok: true, at: this.#clock.now(), tracks: known };
  }

  #failed(reason: ReasonClass, message: string): ProbeResult {
    return { ok: false, at: this.#clock.now(), reason, message };
  }
}

/** The size is known when a key frame was seen. */
function isWhole(found: ProbeResult): boolean {
  return found.ok && found.tracks.every(({ kind, width }) => kind !== 'video' || width !== undefined);
}

function keyOf({ url, options }: ListedCamera): string {
  return createHash('sha256')
    .update(`${options.transport ?? 'tcp'} ${url}`)
    .digest('hex');
}
