import type { KeyValueStore } from '../state/key-value-store.ts';
import type { RecordingState } from './states.ts';

export interface QueuedState {
  eventId: string;
  state: RecordingState;
  /** When it was so, epoch ms. */
  at: number;
}

interface Kept {
  queue: QueuedState[];
  /** Recording id to what was last queued for it. */
  said: [recordingId: string, state: RecordingState | null][];
}

/** Recordings whose states are followed at once; the oldest go first. */
const mostFollowed = 200;
/** After this long a state is of no use to anybody. */
const keptForMs = 14 * 24 * 3_600_000;

/** The recording states that the core has not heard yet, and what it was told of which recording: kept on disk. */
export class StateQueue {
  readonly #store: KeyValueStore;
  readonly #key: string;
  readonly #said: Map<string, RecordingState | null>;
  #queue: QueuedState[];

  /** @throws when the database fails */
  constructor(store: KeyValueStore, agentId: string) {
    this.#store = store;
    this.#key = `opencast-agent:${agentId}`;
    const kept = store.get<Kept>(this.#key);
    this.#queue = kept?.queue ?? [];
    this.#said = new Map(kept?.said ?? []);
  }

  get length(): number {
    return this.#queue.length;
  }

  list(): readonly QueuedState[] {
    return this.#queue;
  }

  followed(): string[] {
    return [...this.#said.keys()];
  }

  isFollowed(recordingId: string): boolean {
    return this.#said.has(recordingId);
  }

  said(recordingId: string): RecordingState | undefined {
    return this.#said.get(recordingId) ?? undefined;
  }

  follow(recordingId: string): void {
    if (this.#said.has(recordingId)) return;
    this.#said.set(recordingId, null);
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= mostFollowed) break;
      this.#said.delete(oldest);
    }
    this.#save();
  }

  unfollow(recordingId: string): void {
    if (this.#said.delete(recordingId)) this.#save();
  }

  /**
   * What repeats itself while the core is away (an upload that fails each minute) is kept once: a state that waits
   * already takes the place of all that came after it.
   */
  add(recordingId: string, entry: QueuedState): void {
    const { eventId, state, at } = entry;
    this.#said.set(recordingId, state);
    const fresh = this.#queue.filter((waiting) => at - waiting.at < keptForMs);
    const same = fresh.findIndex((waiting) => waiting.eventId === eventId && waiting.state === state);
    this.#queue =
      same >= 0 ? fresh.filter((waiting, index) => index <= same || waiting.eventId !== eventId) : [...fresh, entry];
    this.#save();
  }

  /** The oldest that waits, of an event that is not among these. */
  next(resting: ReadonlySet<string>): QueuedState | undefined {
    return this.#queue.find(({ eventId }) => !resting.has(eventId));
  }

  done(entry: QueuedState): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== entry);
    this.#save();
  }

  forget(): void {
    this.#queue = [];
    this.#said.clear();
    this.#store.set(this.#key, undefined);
  }

  #save(): void {
    const kept: Kept = { queue: this.#queue, said: [...this.#said] };
    this.#store.set(this.#key, kept);
  }
}
