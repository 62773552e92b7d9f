import type { CameraRegistry } from '../camera/camera-registry.ts';
import type { Log } from '../log.ts';
import type { ScheduledEvent } from '../schedule/event.ts';
import type { Clock } from '../time/clock.ts';
import type { CalledOffEvents } from './called-off.ts';
import { judgeEvent } from './event-intake.ts';
import { fromEvent } from './new-recording.ts';
import type { RecorderDesk } from './recorder-desk.ts';
import type { Recording, RecordingWarning } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import { isWaiting } from './state.ts';

interface EventSurroundings {
  book: RecordingBook;
  calledOff: CalledOffEvents;
  desk: RecorderDesk;
  cameras: CameraRegistry;
  folders: RecordingFolders;
  clock: Clock;
  log: Log;
}

/** Turns what the calendar says into recordings. */
export class EventDesk {
  readonly #around: EventSurroundings;

  constructor(around: EventSurroundings) {
    this.#around = around;
  }

  /** Idempotent by event uid; returns the recording that stands for the event now, undefined when it is over or was called off. */
  take(recorderId: string, event: ScheduledEvent): Recording | undefined {
    const { book, calledOff, clock } = this.#around;
    const before = this.#find(recorderId, event.uid);
    const outcome = judgeEvent(event, before, clock.now(), calledOff.until(recorderId, event.uid));
    switch (outcome.kind) {
      case 'too-late':
      case 'called-off':
        return undefined;
      case 'unchanged':
        return before;
      case 'new':
        return this.#add(recorderId, event, outcome.start);
      case 'replan':
        return before && book.change(before.id, this.#plan(recorderId, event));
      case 'adjust':
        return before && this.#adjust(before, event);
      case 'split':
        return this.#add(recorderId, event, event.start);
    }
  }

  cancel(recorderId: string, event: ScheduledEvent): void {
    const { book, log } = this.#around;
    const recording = this.#find(recorderId, event.uid);
    if (!recording) return;
    if (isWaiting(recording.state)) book.change(recording.id, { endedBy: 'event' }, 'cancelled');
    else if (recording.state === 'recording') this.#end(recording);
    else return;
    log.info(`"${recording.title}" was cancelled in the calendar`);
  }

  /** One that was started by hand and then booked has its own id as the event's; any recorder may have made it. */
  #find(recorderId: string, uid: string): Recording | undefined {
    const { book } = this.#around;
    const own = book.get(uid);
    return book.findByEvent(recorderId, uid) ?? (own?.event.uid === uid ? own : undefined);
  }

  /** Ends a running recording at this instant; what was recorded is kept. */
  #end(recording: Recording): void {
    const { book, clock } = this.#around;
    book.change(recording.id, { plannedEnd: Math.min(recording.plannedEnd, clock.now()), endedBy: 'event' });
  }

  #add(recorderId: string, event: ScheduledEvent, start: number): Recording {
    const { book, clock, folders } = this.#around;
    const { inputs, warnings } = this.#plan(recorderId, event);
    const frame = {
      recorderId,
      inputs,
      now: clock.now(),
      directoryOf: (id: string) => folders.recordingDirectory(id),
    };
    return book.add({ ...fromEvent(event, start, frame), warnings });
  }

  #adjust(recording: Recording, event: ScheduledEvent): Recording {
    const { book, clock } = this.#around;
    const isEndMoved = event.end !== recording.event.end;
    const plannedEnd = isEndMoved ? Math.max(event.end, clock.now()) : recording.plannedEnd;
    return book.change(recording.id, { event, title: event.title, plannedEnd });
  }

  #plan(
    recorderId: string,
    event: ScheduledEvent,
  ): Pick<Recording, 'event' | 'title' | 'plannedStart' | 'plannedEnd' | 'inputs' | 'warnings'> {
    const { inputs, warnings } = this.#inputs(recorderId, event);
    return { event, title: event.title, plannedStart: event.start, plannedEnd: event.end, inputs, warnings };
  }

  /** An event that names a camera which does not exist is recorded with those that do: a wrong name must not cost a lecture. */
  #inputs(recorderId: string, event: ScheduledEvent): { inputs: string[]; warnings: RecordingWarning[] } {
    const { cameras, clock, desk } = this.#around;
    const own = desk.get(recorderId)?.inputs ?? [];
    const known = event.inputs.flatMap((input) => cameras.get(input)?.name ?? []);
    const warnings = event.inputs
      .filter((input) => !cameras.get(input))
      .map((input) => ({
        at: clock.now(),
        input,
        code: 'INPUT_UNKNOWN',
        message: `the event asks for "${input}", which is no camera of this station`,
      }));
    return { inputs: [...new Set(known.length > 0 ? known : own)], warnings };
  }
}
