import type { Caller } from '../bus/command.ts';
import type { Disk } from '../disk/disk.ts';
import { toReelflowError } from '../errors.ts';
import type { ScheduledEvent } from '../schedule/event.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { CalledOffEvents } from './called-off.ts';
import type { Assembler } from './capture.ts';
import { CaptureFleet, type FleetSurroundings } from './capture-fleet.ts';
import { CaptureJournal } from './capture-journal.ts';
import { CaptureRemarks } from './capture-remarks.ts';
import { CaptureSweeper } from './capture-sweeper.ts';
import { followClock } from './clock-change.ts';
import { CutEdges } from './cut-edges.ts';
import { bytesToFinish } from './cut-plan.ts';
import { applyDelivery } from './delivery-change.ts';
import { DiskWatch } from './disk-watch.ts';
import { EventDesk } from './event-desk.ts';
import { FinishingLine } from './finishing-line.ts';
import { PauseWatch } from './pause-watch.ts';
import { ProgressReporter } from './progress-reporter.ts';
import { RecorderDesk } from './recorder-desk.ts';
import type { Recording, RecordingBooking, RecordingProgress } from './recording.ts';
import { RecordingBook } from './recording-book.ts';
import { RecordingRemoval } from './recording-removal.ts';
import type { RecordingStore } from './recording-store.ts';
import { RecordingTimeline } from './recording-timeline.ts';
import type { DeliveryChange, RecorderListeners, RecorderSettings, RecordingFilter, Recordings } from './recordings.ts';
import { type FirstBooking, type RecordRequest, RequestDesk } from './request-desk.ts';
import { RetentionKeeper } from './retention-keeper.ts';
import { isOver, isWaiting } from './state.ts';

export interface RecordingSurroundings
  extends Omit<FleetSurroundings, 'journal' | 'onFirstFrame' | 'onInterrupted' | 'onBusy'> {
  assembler: Assembler;
  store: RecordingStore;
  loop: InstantLoop;
  disk: Disk;
  firstBooking?: FirstBooking;
}

const lookEveryMs = 1000;
const diskEveryMs = 5000;
const retentionEveryMs = 60_000;
const defaultStallMs = 10_000;
/** Until the flows of a slow machine have started and their schedules have spoken. */
const flowsStartMs = 60_000;

/** The recordings of a station: takes requests, lets time do its work, and outlives every deploy. */
export class RecordingService implements Recordings {
  readonly #around: RecordingSurroundings;
  readonly #book: RecordingBook;
  readonly #journal: CaptureJournal;
  readonly #fleet: CaptureFleet;
  readonly #desk: RecorderDesk;
  readonly #events: EventDesk;
  readonly #requests: RequestDesk;
  readonly #finishing: FinishingLine;
  readonly #timeline: RecordingTimeline;
  readonly #disk: DiskWatch;
  readonly #sweeper: CaptureSweeper;
  readonly #removal: RecordingRemoval;
  readonly #retention: RetentionKeeper;
  readonly #progress: ProgressReporter;
  readonly #pauses: PauseWatch;
  readonly #disposables: Dispose[] = [];
  #wake: Dispose = () => {};

  constructor(around: RecordingSurroundings) {
    const { store, clock, alarms, log } = around;
    this.#around = around;
    this.#book = new RecordingBook(store, clock, log);
    this.#journal = new CaptureJournal(store, log);
    this.#desk = new RecorderDesk({ ...around, book: this.#book });
    const calledOff = new CalledOffEvents(around.facts, clock);
    this.#events = new EventDesk({ ...around, book: this.#book, desk: this.#desk, calledOff });
    this.#requests = new RequestDesk({ ...around, book: this.#book, desk: this.#desk });
    const remarks = new CaptureRemarks(this.#book, clock);
    this.#fleet = new CaptureFleet({
      ...around,
      journal: this.#journal,
      onFirstFrame: (input, _delayMs, at) => {
        remarks.firstFrame(input, at);
        this.#advance();
      },
      onInterrupted: (input, reason) => remarks.interrupted(input, reason),
      onBusy: (input, recordingId) => remarks.busy(input, recordingId),
    });
    const parts = { book: this.#book, fleet: this.#fleet, journal: this.#journal, desk: this.#desk };
    const edges = new CutEdges(parts);
    this.#finishing = new FinishingLine({ ...around, ...parts, edges, isDiskFull: () => this.#disk.isFull });
    const stallMs = (recorderId: string): number => this.#desk.get(recorderId)?.stallMs ?? defaultStallMs;
    this.#timeline = new RecordingTimeline({ ...around, ...parts, edges, finishing: this.#finishing, stallMs });
    const unfinishedBytes = () => bytesToFinish(this.#book.live(), this.#journal.list());
    this.#disk = new DiskWatch({ disk: around.disk, fleet: this.#fleet, alarms, log, unfinishedBytes });
    this.#book.onChange(({ id, state }) => {
      if (!isWaiting(state) && state !== 'recording') this.#disk.forget(id);
      // Called off while its tool was being started early.
      if (isOver(state)) this.#fleet.release(id);
      if (state === 'cancelled' || state === 'skipped') this.#journal.unlink(id);
    });
    this.#sweeper = new CaptureSweeper({ ...around, ...parts });
    this.#pauses = new PauseWatch({ ...around, ...parts });
    this.#removal = new RecordingRemoval({
      ...around,
      ...parts,
      calledOff,
      finishing: this.#finishing,
      sweeper: this.#sweeper,
    });
    this.#retention = new RetentionKeeper({ ...around, ...parts });
    this.#progress = new ProgressReporter({ ...around, ...parts });
  }

  /** Takes up what an earlier runtime left, then follows the clock. */
  async open(): Promise<void> {
    const { loop } = this.#around;
    this.#sweeper.forgetSettled();
    await this.#fleet.adoptAll();
    this.#disposables.push(
      loop.every(lookEveryMs, () => this.#guarded(this.#look())),
      loop.every(diskEveryMs, () => this.#guarded(this.#disk.look())),
      loop.every(retentionEveryMs, () => this.#guarded(this.#retention.apply(this.#desk.settings()))),
      loop.onJump((deltaMs) => this.#clockSet(deltaMs)),
      loop.after(flowsStartMs, () => this.#journal.settleInherited()),
    );
    await this.#disk.look().catch((error: unknown) => this.#log(error));
    this.#advance();
  }

  /** Stops looking; captures go on by themselves and are taken up by the next runtime. */
  close(): void {
    this.#fleet.detach();
    this.#wake();
    for (const dispose of this.#disposables.splice(0)) dispose();
  }

  attach(settings: RecorderSettings, listeners: RecorderListeners): Dispose {
    const detach = this.#desk.attach(settings, listeners);
    this.#advance();
    return detach;
  }

  prepare(recorderId: string, event: ScheduledEvent): Recording | undefined {
    const recording = this.#events.take(recorderId, event);
    this.#advance();
    if (!recording) return undefined;
    if (isWaiting(recording.state)) void this.#disk.estimate(recording, this.#rates(recording));
    return this.#book.get(recording.id);
  }

  cancelEvent(recorderId: string, event: ScheduledEvent): void {
    this.#events.cancel(recorderId, event);
    this.#advance();
  }

  start(recorderId: string | undefined, request: RecordRequest, caller: Caller): Recording {
    const recording = this.#requests.start(recorderId, request, caller);
    this.#advance();
    void this.#disk.estimate(recording, this.#rates(recording));
    this.#guarded(this.#look());
    return this.#book.need(recording.id);
  }

  stop(id: string, caller: Caller): Recording {
    this.#requests.stop(id, caller);
    this.#advance();
    return this.#book.need(id);
  }

  extend(id: string, byMs: number, caller: Caller): Recording {
    this.#requests.extend(id, byMs, caller);
    this.#advance();
    return this.#book.need(id);
  }

  pause(id: string, caller: Caller): Recording {
    this.#requests.pause(id, caller);
    return this.#book.need(id);
  }

  resume(id: string, caller: Caller): Recording {
    this.#requests.resume(id, caller);
    return this.#book.need(id);
  }

  remove(id: string, caller: Caller, keepsFiles = false): Promise<void> {
    return this.#removal.remove(id, caller, keepsFiles);
  }

  get(id: string): Recording | undefined {
    return this.#book.get(id);
  }

  list(filter?: RecordingFilter): Recording[] {
    return this.#book.list(filter);
  }

  progress(): RecordingProgress[] {
    return this.#progress.current();
  }

  recorders(): RecorderSettings[] {
    return this.#desk.settings();
  }

  async log(id: string): Promise<string[]> {
    const captures = this.#journal.of(id).map((capture) => capture.record);
    return this.#around.folders.readLog(this.#book.need(id), captures);
  }

  delivery(id: string, change: DeliveryChange): Recording {
    const { fields, next } = applyDelivery(this.#book.need(id), change);
    return this.#book.change(id, fields, next);
  }

  noteBooking(id: string, booking: RecordingBooking, event?: ScheduledEvent): Recording {
    return this.#book.change(id, { booking, ...(event && { event }) });
  }

  /** Folder of the capture that runs on a camera now: its preview picture is there. */
  captureDirectory(input: string): string | undefined {
    const current = this.#fleet.current(input);
    return current && this.#journal.get(current.captureId)?.record.directory;
  }

  onChange(listener: (recording: Recording, before?: Recording) => void): Dispose {
    return this.#book.onChange(listener);
  }

  onRemove(listener: (recording: Recording) => void): Dispose {
    return this.#book.onRemove(listener);
  }

  onProgress(listener: (progress: RecordingProgress[]) => void): Dispose {
    return this.#progress.onProgress(listener);
  }

  #advance(): void {
    this.#timeline.advance();
    this.#wake();
    const next = this.#timeline.next();
    this.#wake = next === undefined ? () => {} : this.#around.loop.at(next, () => this.#dueNow());
  }

  /** What is due at an instant starts a tool at once instead of at the next look. */
  #dueNow(): void {
    this.#advance();
    this.#guarded(this.#look());
  }

  async #look(): Promise<void> {
    if (!this.#fleet.isBusy && this.#book.live().length === 0 && this.#journal.list().length === 0) return;
    await this.#fleet.look();
    this.#journal.flush();
    this.#timeline.advance();
    this.#progress.report();
    this.#pauses.look();
    await this.#sweeper.sweep();
  }

  #clockSet(deltaMs: number): void {
    const around = { ...this.#around, book: this.#book, journal: this.#journal, timeline: this.#timeline };
    followClock(around, deltaMs);
    this.#advance();
  }

  #rates(recording: Recording): number[] {
    return recording.inputs.map((input) => this.#progress.bytesPerSecond(input));
  }

  /** Nothing that goes wrong here may end the process: it is logged, and the next look tries again. */
  #guarded(work: Promise<void>): void {
    work.catch((error: unknown) => this.#log(error));
  }

  #log(error: unknown): void {
    this.#around.log.error(toReelflowError(error).message);
  }
}
