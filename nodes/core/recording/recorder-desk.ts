import type { CameraRegistry } from '../camera/camera-registry.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { isPaused } from './pause.ts';
import type { Recording, RecordingProgress } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecorderListeners, RecorderSettings } from './recordings.ts';

interface DeskSurroundings {
  cameras: CameraRegistry;
  book: RecordingBook;
  clock: Clock;
  loop: InstantLoop;
  log: Log;
}

/** A message needs its time through the flow to whoever delivers: a runtime that dies meanwhile hands it over again. */
const heardAfterMs = 5000;

/** Which recorder nodes are there, and handing each what concerns it. */
export class RecorderDesk {
  readonly #cameras: CameraRegistry;
  readonly #book: RecordingBook;
  readonly #clock: Clock;
  readonly #loop: InstantLoop;
  readonly #log: Log;
  /** Not yet noted on the disk. */
  readonly #handedOver = new Set<string>();
  readonly #attached = new Map<string, { settings: RecorderSettings; listeners: RecorderListeners }>();

  constructor({ cameras, book, clock, loop, log }: DeskSurroundings) {
    this.#cameras = cameras;
    this.#book = book;
    this.#clock = clock;
    this.#loop = loop;
    this.#log = log;
    book.onChange((recording, before) => {
      const isNews = before?.state !== recording.state || isPaused(before) !== isPaused(recording);
      if (isNews) this.#announce(recording);
    });
  }

  attach(settings: RecorderSettings, listeners: RecorderListeners): Dispose {
    const entry = { settings, listeners };
    this.#attached.set(settings.recorderId, entry);
    // Finished while no node was there to hear of it (crash, deploy): handed over now.
    for (const recording of this.#book.list({ states: ['recorded'] })) {
      const isHeard = recording.announcedAt !== undefined || this.#handedOver.has(recording.id);
      const isUnheard = recording.recorderId === settings.recorderId && !isHeard;
      if (isUnheard) this.#announce(recording);
    }
    return () => {
      if (this.#attached.get(settings.recorderId) === entry) this.#attached.delete(settings.recorderId);
    };
  }

  settings(): RecorderSettings[] {
    return [...this.#attached.values()].map((entry) => entry.settings);
  }

  get(recorderId: string): RecorderSettings | undefined {
    return this.#attached.get(recorderId)?.settings;
  }

  /** The recorder for a request that names none: the one with the asked inputs, else the first. */
  choose(recorderId: string | undefined, inputs: readonly string[] | undefined): RecorderSettings {
    const all = this.settings();
    const chosen = recorderId
      ? this.get(recorderId)
      : (all.find((one) => inputs?.every((input) => one.inputs.includes(input))) ?? all[0]);
    if (chosen) return chosen;
    throw new ReelflowError('NO_RECORDER', 'there is no capture-recorder in the flows; add one and deploy');
  }

  /** Camera names to record. Unknown names are refused when a person gave them. */
  inputsFor(settings: RecorderSettings, asked: readonly string[] | undefined): string[] {
    const unknown = asked?.find((input) => !this.#cameras.get(input));
    if (unknown !== undefined) {
      const known = this.#cameras.list().map((camera) => camera.name);
      throw new ReelflowError(
        'INPUT_UNKNOWN',
        `there is no camera "${unknown}"; there are: ${known.join(', ') || 'none'}`,
        {
          field: 'inputs',
        },
      );
    }
    const inputs =
      asked && asked.length > 0 ? asked.map((input) => this.#cameras.get(input)?.name ?? input) : settings.inputs;
    if (inputs.length > 0) return [...new Set(inputs)];
    throw new ReelflowError('NO_INPUT', 'no camera was asked for and the recorder has none of its own', {
      field: 'inputs',
    });
  }

  tell(recording: Recording, progress: RecordingProgress): void {
    try {
      this.#attached.get(recording.recorderId)?.listeners.onProgress(progress);
    } catch (error) {
      this.#log.error(`progress of ${recording.id}: ${toReelflowError(error).message}`);
    }
  }

  #announce(recording: Recording): void {
    const entry = this.#attached.get(recording.recorderId);
    if (!entry) return;
    const isHandedOver = recording.state === 'recorded' && recording.announcedAt === undefined;
    try {
      entry.listeners.onRecording(recording);
    } catch (error) {
      // Not noted as heard: it is handed over again at the next attach.
      this.#log.error(`recorder "${entry.settings.name}" failed: ${toReelflowError(error).message}`);
      return;
    }
    if (!isHandedOver) return;
    this.#handedOver.add(recording.id);
    const announcedAt = this.#clock.now();
    this.#loop.after(heardAfterMs, () => {
      this.#handedOver.delete(recording.id);
      if (this.#book.get(recording.id)) this.#book.tryChange(recording.id, { announcedAt });
    });
  }
}
