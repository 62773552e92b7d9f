import type { Caller } from '../bus/command.ts';
import type { CameraRegistry } from '../camera/camera-registry.ts';
import { ReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import { fromRequest } from './new-recording.ts';
import { isPaused, paused, resumed } from './pause.ts';
import type { RecorderDesk } from './recorder-desk.ts';
import type { Recording, RecordingBooking, RecordMessage } from './recording.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingFolders } from './recording-folders.ts';
import { isWaiting } from './state.ts';

export type RecordRequest = Omit<RecordMessage, 'action' | 'id'>;

const shortestMs = 1000;
const longestExtensionMs = 24 * 3600_000;

/** How the booking of a new recording stands; undefined: nothing to book it with. */
export type FirstBooking = (isWanted: boolean | undefined) => RecordingBooking | undefined;

interface RequestSurroundings {
  book: RecordingBook;
  desk: RecorderDesk;
  cameras: CameraRegistry;
  folders: RecordingFolders;
  clock: Clock;
  log: Log;
  firstBooking?: FirstBooking;
}

/** Turns what people and other systems ask for into recordings; what makes no sense is refused with the field. */
export class RequestDesk {
  readonly #around: RequestSurroundings;

  constructor(around: RequestSurroundings) {
    this.#around = around;
  }

  start(recorderId: string | undefined, request: RecordRequest, caller: Caller): Recording {
    const { book, clock, desk, folders, log } = this.#around;
    const settings = desk.choose(recorderId, request.inputs);
    const inputs = desk.inputsFor(settings, request.inputs);
    const durationMs = request.durationMs ?? settings.manualLimitMs;
    if (!(durationMs >= shortestMs && durationMs <= settings.manualLimitMs)) {
      const limits = `${shortestMs} to ${settings.manualLimitMs}`;
      throw new ReelflowError('DURATION_INVALID', `durationMs is ${durationMs}; allowed is ${limits}`, {
        field: 'durationMs',
      });
    }
    const frame = {
      recorderId: settings.recorderId,
      inputs,
      now: clock.now(),
      directoryOf: (id: string) => folders.recordingDirectory(id),
    };
    const booking = this.#around.firstBooking?.(request.book);
    const recording = book.add(fromRequest({ ...request, durationMs }, booking, frame));
    log.info(`"${recording.title}" (${recording.id}) was started by ${caller.user} via ${caller.via}`);
    return recording;
  }

  /** Ends a running recording now, or calls off one that has not begun. */
  stop(id: string, caller: Caller): void {
    const { book, clock, log } = this.#around;
    const recording = book.need(id);
    if (isWaiting(recording.state)) {
      book.change(id, { endedBy: 'user' }, 'cancelled');
    } else if (recording.state === 'recording') {
      book.change(id, { plannedEnd: Math.min(recording.plannedEnd, clock.now()), endedBy: 'user' });
    } else {
      throw new ReelflowError('RECORDING_OVER', `recording ${id} is ${recording.state}: there is nothing to stop`);
    }
    log.info(`"${recording.title}" (${id}) was stopped by ${caller.user} via ${caller.via}`);
  }

  extend(id: string, byMs: number, caller: Caller): void {
    const { book, clock, log } = this.#around;
    const recording = book.need(id);
    if (!isWaiting(recording.state) && recording.state !== 'recording') {
      throw new ReelflowError('RECORDING_OVER', `recording ${id} is ${recording.state}: it can not be extended`);
    }
    if (!Number.isFinite(byMs) || byMs === 0 || Math.abs(byMs) > longestExtensionMs) {
      const allowed = `anything but 0 up to ${longestExtensionMs} either way`;
      throw new ReelflowError('DURATION_INVALID', `byMs is ${byMs}; allowed is ${allowed}`, { field: 'byMs' });
    }
    const earliest = isWaiting(recording.state) ? recording.plannedStart + shortestMs : clock.now();
    book.change(id, { plannedEnd: Math.max(recording.plannedEnd + byMs, earliest) });
    log.info(`"${recording.title}" (${id}): end moved by ${byMs} ms by ${caller.user} via ${caller.via}`);
  }

  /** What is asked for twice is done once: two people may press the same button. */
  pause(id: string, caller: Caller): void {
    const { book, cameras, clock, desk, log } = this.#around;
    const recording = this.#needRunning(id, 'paused');
    if (isPaused(recording)) return;
    // The files of a user's own tool can not be cut, and several cameras stay in step: all are kept whole then.
    const canCut = recording.inputs.every((input) => cameras.get(input)?.source.kind !== 'command');
    const isLeftOut = canCut && (desk.get(recording.recorderId)?.isPauseLeftOut ?? true);
    book.change(id, paused(recording, clock.now(), isLeftOut));
    log.info(`"${recording.title}" (${id}) was paused by ${caller.user} via ${caller.via}`);
  }

  resume(id: string, caller: Caller): void {
    const { book, clock, log } = this.#around;
    const recording = this.#needRunning(id, 'resumed');
    if (!isPaused(recording)) return;
    book.change(id, resumed(recording, clock.now()));
    log.info(`"${recording.title}" (${id}) was resumed by ${caller.user} via ${caller.via}`);
  }

  #needRunning(id: string, what: string): Recording {
    const recording = this.#around.book.need(id);
    if (recording.state === 'recording') return recording;
    throw new ReelflowError('RECORDING_OVER', `recording ${id} is ${recording.state}: it can not be ${what}`);
  }
}
