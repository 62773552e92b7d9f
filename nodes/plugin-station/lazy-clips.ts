import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchiveDoor } from '../core/archive/archive.ts';
import type { Clips, ClipsDoor } from '../core/clips/clip.ts';
import { ReelflowError, toReelflowError } from '../core/errors.ts';
import type { StationJobQueue } from '../core/jobs/job-queue.ts';
import type { Log } from '../core/log.ts';
import type { Clock, Dispose } from '../core/time/clock.ts';
import type { InstantLoop } from '../core/time/instant-loop.ts';
import { webhookEventOfClip } from '../core/webhooks/webhook-event.ts';

export interface ClipsOptions {
  dataRoot: string;
  archive: ArchiveDoor;
  jobs: StationJobQueue;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
}

/** Clips of the archive: loaded when the first one is wanted, or at the start where there were some. */
export class LazyClips implements ClipsDoor {
  readonly #options: ClipsOptions;
  readonly #folder: string;
  readonly #stop = new AbortController();
  #opening: Promise<Clips> | undefined;
  #clips: Clips | undefined;
  readonly #waiting = new Set<(clips: Clips) => void>();

  constructor(options: ClipsOptions) {
    this.#options = options;
    this.#folder = join(options.dataRoot, 'archive-clips');
  }

  get isUsed(): boolean {
    return this.#opening !== undefined || existsSync(this.#folder);
  }

  async open(): Promise<Clips> {
    if (this.#stop.signal.aborted) {
      throw new ReelflowError('STATION_MISSING', 'the station is stopping', { isRetryable: true });
    }
    this.#opening ??= this.#load();
    return await this.#opening;
  }

  onOpen(listener: (clips: Clips) => void): Dispose {
    if (this.#clips) listener(this.#clips);
    else this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Those that an earlier run was ordered to make are made. */
  goOn(): void {
    if (!this.isUsed) return;
    this.open().catch((error: unknown) => this.#options.log.error(`clips: ${toReelflowError(error).message}`));
  }

  close(): void {
    this.#stop.abort();
  }

  async #load(): Promise<Clips> {
    const { archive, clock } = this.#options;
    const [{ ClipDesk }, { FolderClipMaker }, { Playback }, { mkdir }] = await Promise.all([
      import('../core/clips/clip-desk.ts'),
      import('../adapters/clips/folder-clip-maker.ts'),
      import('../core/playback/playback.ts'),
      import('node:fs/promises'),
    ]);
    await mkdir(this.#folder, { recursive: true });
    const parts = { maker: new FolderClipMaker(this.#folder), playback: new Playback({ archive, clock }) };
    const clips = new ClipDesk({ ...this.#options, ...parts }, this.#stop.signal);
    clips.onEvent(async (event) => {
      const told = webhookEventOfClip(clock.now(), event);
      if (told) await (await archive.open()).webhooks.record(told);
    });
    this.#clips = clips;
    for (const listener of this.#waiting) listener(clips);
    this.#waiting.clear();
    return clips;
  }
}
