import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { Recording, RecordingState } from './recording.ts';
import type { RecordingStore } from './recording-store.ts';
import type { RecordingFilter } from './recordings.ts';
import { moveTo } from './state.ts';

type ChangeListener = (recording: Recording, before?: Recording) => void;

const liveStates: readonly RecordingState[] = ['scheduled', 'armed', 'recording', 'finishing'];

/** All recordings: the store, those that still need work in memory, and who wants to hear of changes. */
export class RecordingBook {
  readonly #store: RecordingStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #live = new Map<string, Recording>();
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #removeListeners = new Set<(recording: Recording) => void>();

  constructor(store: RecordingStore, clock: Clock, log: Log) {
    this.#log = log;
    this.#store = store;
    this.#clock = clock;
    for (const recording of store.list({ states: [...liveStates] })) this.#live.set(recording.id, recording);
  }

  /** Those that are waited for, running or being finished. */
  live(): Recording[] {
    return [...this.#live.values()];
  }

  get(id: string): Recording | undefined {
    return this.#live.get(id) ?? this.#store.get(id);
  }

  /** Rejects an unknown id with RECORDING_UNKNOWN. */
  need(id: string): Recording {
    const recording = this.get(id);
    if (!recording) throw new ReelflowError('RECORDING_UNKNOWN', `there is no recording "${id}"`, { field: 'id' });
    return recording;
  }

  findByEvent(recorderId: string, eventUid: string): Recording | undefined {
    return this.#store.findByEvent(recorderId, eventUid);
  }

  list(filter?: RecordingFilter): Recording[] {
    return this.#store.list(filter);
  }

  add(recording: Recording): Recording {
    return this.#put(recording);
  }

  /** Changes fields; `next` moves the state too. The journal has it before anybody hears of it. */
  change(id: string, fields: Partial<Recording>, next?: RecordingState): Recording {
    const before = this.need(id);
    const now = this.#clock.now();
    const moved = next ? moveTo(before, next, now) : before;
    return this.#put({ ...moved, ...fields, updatedAt: now }, before);
  }

  /** For remarks: one that can not be written is logged, and keeps nothing from going on. */
  tryChange(id: string, fields: Partial<Recording>): void {
    try {
      this.change(id, fields);
    } catch (error) {
      this.#log.error(`recording ${id}: ${toReelflowError(error).message}`);
    }
  }

  remove(recording: Recording): void {
    this.#store.remove(recording.id);
    this.#live.delete(recording.id);
    for (const listener of this.#removeListeners) this.#tell(() => listener(recording));
  }

  onChange(listener: ChangeListener): Dispose {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onRemove(listener: (recording: Recording) => void): Dispose {
    this.#removeListeners.add(listener);
    return () => this.#removeListeners.delete(listener);
  }

  #put(recording: Recording, before?: Recording): Recording {
    this.#store.save(recording);
    if (liveStates.includes(recording.state)) this.#live.set(recording.id, recording);
    else this.#live.delete(recording.id);
    for (const listener of this.#changeListeners) this.#tell(() => listener(recording, before));
    return recording;
  }

  /** Who listens must not be able to stop a recording from going on. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#log.error(`a listener failed: ${toReelflowError(error).message}`);
    }
  }
}
