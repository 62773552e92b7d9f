import type { Camera } from '../../core/camera/camera.ts';
import type { Log } from '../../core/log.ts';
import type { Clock, Dispose } from '../../core/time/clock.ts';
import { startLivePreview } from './live-preview.ts';
import { MotionOfCapture, type MotionSlots } from './motion-of-capture.ts';
import type { PictureTool } from './picture-tool.ts';
import { PreviewFile } from './preview-file.ts';
import { toolFacts } from './tool-facts.ts';

export interface PreviewAround {
  /** The camera as it is declared now; undefined when it was taken away. */
  camera(): Camera | undefined;
  captureDirectory(): string | undefined;
  /** The recorder wants the device for itself now. */
  isReleased(): boolean;
  toolPath: string;
  /** How long the process outlives its last looker: who opens another page must not make the camera connect again. */
  lingerMs: number;
  slots: MotionSlots;
  clock: Clock;
  log: Log;
}

const checkEveryMs = 250;
/** A picture older than this is not shown to somebody who comes. */
const staleMs = 10_000;
const pausesMs = [1000, 2000, 5000, 10_000, 30_000];

/** Everybody who looks at one camera, and the one source of their pictures. Lives while somebody looks. */
export class PreviewSession {
  readonly #around: PreviewAround;
  readonly #onIdle: () => void;
  /** And whether they want to see it move while it is recorded. */
  readonly #lookers = new Map<(jpeg: Uint8Array) => void, boolean>();
  readonly #motion: MotionOfCapture;
  #newest: { jpeg: Uint8Array; atMs: number } | undefined;
  #problem: string | undefined;
  #live: PictureTool | undefined;
  #file: { directory: string; preview: PreviewFile } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #idleSinceMs: number | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #isClosed = false;

  /** `onIdle`: nobody has looked for a while; the session has ended itself. */
  constructor(around: PreviewAround, onIdle: () => void) {
    this.#around = around;
    this.#onIdle = onIdle;
    this.#motion = new MotionOfCapture(around, (jpeg) => this.#show(jpeg));
    this.#schedule(0);
  }

  /** Why there is no picture, as far as known. */
  get problem(): string | undefined {
    return this.#problem;
  }

  look(onFrame: (jpeg: Uint8Array) => void, isMoving = false): Dispose {
    this.#lookers.set(onFrame, isMoving);
    if (isMoving) this.#motion.wanted();
    this.#idleSinceMs = undefined;
    if (this.#newest && this.#newest.atMs > this.#now() - staleMs) onFrame(this.#newest.jpeg);
    return () => this.#lookers.delete(onFrame);
  }

  /** Lets go of the camera at once. */
  async release(): Promise<void> {
    await this.#checking;
    await this.#endLive();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#checking;
    await this.#endLive();
    await this.#motion.end();
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#checking = this.#check().catch((error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error);
        this.#pause();
      });
      this.#checking.then(
        () => this.#schedule(checkEveryMs),
        () => undefined,
      );
    }, afterMs);
    this.#timer.unref();
  }

  async #check(): Promise<void> {
    const camera = this.#around.camera();
    if (this.#isIdle() || !camera) {
      this.#onIdle();
      this.#isClosed = true;
      await this.#endLive();
      await this.#motion.end();
      return;
    }
    const directory = this.#around.captureDirectory();
    // A user's own tool writes what it likes.
    const decodable = camera.source.kind === 'command' ? undefined : directory;
    await this.#motion.look(decodable, [...this.#lookers.values()].includes(true));
    if (directory !== undefined) {
      await this.#endLive();
      if (!this.#motion.isShowing) await this.#readFile(directory, camera);
      return;
    }
    this.#file = undefined;
    if (!this.#live && this.#mayStart()) await this.#startLive(camera);
  }

  async #readFile(directory: string, { source }: Camera): Promise<void> {
    if (this.#file?.directory !== directory) {
      this.#file = { directory, preview: new PreviewFile(directory, source.kind === 'command') };
    }
    const jpeg = await this.#file.preview.next();
    if (jpeg) this.#show(jpeg);
  }

  async #startLive(camera: Camera): Promise<void> {
    const { toolPath, log } = this.#around;
    const facts = await toolFacts(toolPath);
    // Asked again: while we waited, the recorder may have taken the camera.
    if (this.#isClosed || this.#around.captureDirectory() !== undefined || !this.#mayStart()) return;
    const live = startLivePreview(camera, toolPath, facts, (jpeg) => this.#show(jpeg));
    this.#live = live;
    live.ended.then(
      (said) => {
        if (this.#live !== live) return;
        this.#live = undefined;
        this.#problem = said;
        this.#pause();
        log.debug(`preview of "${camera.name}": ${said}`);
      },
      () => undefined,
    );
  }

  async #endLive(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.stop();
  }

  #show(jpeg: Uint8Array): void {
    this.#newest = { jpeg, atMs: this.#now() };
    this.#problem = undefined;
    this.#failures = 0;
    for (const looker of this.#lookers.keys()) looker(jpeg);
  }

  #pause(): void {
    const pauseMs = pausesMs[Math.min(this.#failures, pausesMs.length - 1)] ?? 0;
    this.#failures++;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#now() + pauseMs);
  }

  #mayStart(): boolean {
    return this.#now() >= this.#notBeforeMs && !this.#around.isReleased();
  }

  #isIdle(): boolean {
    if (this.#lookers.size > 0) return false;
    this.#idleSinceMs ??= this.#now();
    return this.#now() > this.#idleSinceMs + this.#around.lingerMs;
  }

  #now(): number {
    return this.#around.clock.monotonicMs();
  }
}
