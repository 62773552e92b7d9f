import { isDeepStrictEqual } from 'node:util';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import { redact } from '../redact.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { RefreshLoop } from '../time/refresh-loop.ts';
import type { CameraListSettings, CameraListView } from './camera-lists.ts';
import type { CameraMessage } from './camera-message.ts';
import type { CameraRow } from './camera-row.ts';
import type { CameraSource, OpenCameraSource } from './camera-source.ts';
import type { CameraStore } from './camera-store.ts';
import { diffCameras } from './diff-cameras.ts';
import type { ListedCamera } from './listed-camera.ts';
import { readRows } from './read-rows.ts';
import { applyChange, readRowsMessage } from './rows-message.ts';

export interface LiveCameraListOptions {
  clock: Clock;
  loop: InstantLoop;
  store: CameraStore;
  openSource: OpenCameraSource;
  log: Log;
  /** Name of the camera of another list that has the path. */
  takenBy: (path: string) => string | undefined;
  send(messages: CameraMessage[]): void;
  /** After each reading, good or not; `isChanged`: other cameras than before. */
  onView(isChanged: boolean): void;
}

/** A list of several cameras that is suddenly empty is believed when it is read so again, after this. */
const secondLookMs = 2000;

/** One list, kept: holds the last good state of its source and tells what changes. */
export class LiveCameraList {
  readonly #options: LiveCameraListOptions;
  #settings: CameraListSettings;
  #cameras: readonly ListedCamera[];
  #rows: readonly CameraRow[] | undefined;
  #problems: CameraListView['problems'] = [];
  #lastGoodAt: number | undefined;
  #lastError: CameraListView['lastError'];
  #wasEmpty = false;
  #close: Dispose = () => {};
  #reading: RefreshLoop | undefined;

  constructor(settings: CameraListSettings, options: LiveCameraListOptions) {
    this.#settings = settings;
    this.#options = options;
    const stored = this.#try(() => options.store.loadList(settings.listId));
    this.#cameras = stored?.cameras ?? [];
    this.#lastGoodAt = stored?.readAt;
    this.#open();
  }

  get settings(): CameraListSettings {
    return this.#settings;
  }

  get view(): CameraListView {
    const { listId, name, source } = this.#settings;
    return {
      listId,
      name,
      kind: source.kind,
      cameras: this.#cameras,
      ...(this.#lastGoodAt !== undefined && { lastGoodAt: this.#lastGoodAt }),
      ...(this.#lastError && { lastError: this.#lastError }),
      problems: this.#problems,
    };
  }

  configure(settings: CameraListSettings): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.dispose();
    this.#settings = settings;
    this.#open();
  }

  /** Settles with the outcome of a reading that began after this call. */
  async refresh(): Promise<void> {
    await this.#reading?.now();
  }

  /** Paths that other lists held may be free now. */
  lookAgain(): void {
    if (this.#rows && this.#problems.length > 0) this.#accept(this.#rows);
  }

  /** @throws LIST_READS_ITSELF, MESSAGE_INVALID, ROW_INVALID */
  receive(payload: unknown): void {
    if (this.#settings.source.kind !== 'message') {
      throw new ReelflowError('LIST_READS_ITSELF', 'this list reads its cameras itself; choose the source "messages"', {
        field: 'payload',
      });
    }
    if (Array.isArray(payload)) {
      this.#good(readRowsMessage(payload));
      return;
    }
    const { takenBy, clock } = this.#options;
    const cameras = applyChange(this.#cameras, payload, { ...this.#settings, takenBy });
    this.#lastGoodAt = clock.now();
    this.#become(cameras);
  }

  dispose(): void {
    this.#reading?.stop();
    this.#reading = undefined;
    this.#close();
    this.#close = () => {};
  }

  #open(): void {
    const { source: from, pollMs } = this.#settings;
    if (from.kind === 'message') return;
    let source: CameraSource;
    try {
      source = this.#options.openSource(from);
    } catch (error) {
      this.#failed(error);
      return;
    }
    const reading = new RefreshLoop({
      loop: this.#options.loop,
      everyMs: pollMs,
      read: (abort) => this.#read(source, abort),
    });
    this.#reading = reading;
    const unwatch = source.watch?.(() => reading.poke());
    this.#close = () => {
      unwatch?.();
      source.close?.();
    };
    reading.poke();
  }

  async #read(source: CameraSource, abort: AbortSignal): Promise<void> {
    try {
      const rows = await source.read(abort);
      if (!abort.aborted) this.#good(rows);
    } catch (error) {
      if (!abort.aborted) this.#failed(error);
      throw error;
    }
  }

  #good(rows: readonly CameraRow[]): void {
    const isSuddenlyEmpty = rows.length === 0 && this.#cameras.length > 1 && this.#reading !== undefined;
    if (isSuddenlyEmpty && !this.#wasEmpty && this.#settings.source.kind !== 'own') {
      this.#wasEmpty = true;
      const reading = this.#reading;
      this.#options.loop.after(secondLookMs, () => reading?.poke());
      return;
    }
    this.#wasEmpty = false;
    this.#lastGoodAt = this.#options.clock.now();
    this.#lastError = undefined;
    this.#accept(rows);
  }

  #accept(rows: readonly CameraRow[]): void {
    this.#rows = rows;
    const { listId, columns, templates } = this.#settings;
    const { takenBy } = this.#options;
    const { cameras, problems } = readRows(rows, { listId, columns, templates, takenBy, known: this.#cameras });
    for (const problem of problems) {
      if (!this.#problems.some((known) => isDeepStrictEqual(known, problem))) {
        this.#options.log.warn(`cameras "${this.#settings.name}", ${problem.row}: ${redact(problem.message)}`);
      }
    }
    this.#problems = problems;
    this.#become(cameras);
  }

  #become(cameras: readonly ListedCamera[]): void {
    const messages = diffCameras(this.#cameras, cameras);
    this.#cameras = cameras;
    if (messages.length > 0) {
      // Told before it is kept: after a crash between the two it is told once more, not never.
      this.#options.send(messages);
      const { store, clock } = this.#options;
      this.#try(() => store.saveList(this.#settings.listId, { cameras: [...cameras], readAt: clock.now() }));
    }
    this.#options.onView(messages.length > 0);
  }

  #failed(thrown: unknown): void {
    const { code, message } = toReelflowError(thrown);
    this.#lastError = { code, message: redact(message), at: this.#options.clock.now() };
    this.#options.onView(false);
  }

  #try<T>(access: () => T): T | undefined {
    try {
      return access();
    } catch (error) {
      this.#options.log.error(`cameras "${this.#settings.name}" are not kept: ${toReelflowError(error).message}`);
      return undefined;
    }
  }
}
