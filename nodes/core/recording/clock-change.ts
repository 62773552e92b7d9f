import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { CaptureJournal } from './capture-journal.ts';
import { shifted } from './cold-start.ts';
import { shiftedPauses } from './pause.ts';
import type { RecordingBook } from './recording-book.ts';
import type { RecordingTimeline } from './recording-timeline.ts';
import { withWarning } from './warnings.ts';

interface ClockChangeSurroundings {
  book: RecordingBook;
  journal: CaptureJournal;
  timeline: RecordingTimeline;
  clock: Clock;
  log: Log;
}

/** Smaller steps are the daily work of a time service. */
const tellFromMs = 5000;

/** The wall clock was set: times that were measured by the old one move along, the calendar's targets stay. */
export function followClock(around: ClockChangeSurroundings, deltaMs: number): void {
  const { book, clock, journal, log, timeline } = around;
  const at = clock.now();
  const running = book.live().filter((recording) => recording.state === 'recording');
  // What is over by the new clock is cut by the old one: nothing that was captured falls out of its interval.
  timeline.advance(running.filter(({ origin, plannedEnd }) => origin === 'schedule' && plannedEnd <= at));
  journal.shiftClock(deltaMs);
  const isTold = Math.abs(deltaMs) >= tellFromMs;
  const message = `the clock was set ${deltaMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(deltaMs) / 1000)} s`;
  if (isTold) log.warn(message);
  for (const { id } of running) {
    const recording = book.need(id);
    const warning = isTold ? withWarning(recording, { at, code: 'CLOCK_SET', message }) : {};
    book.tryChange(id, { ...warning, ...shifted(recording, deltaMs) });
  }
  for (const recording of book.live()) {
    if (recording.pauses) book.tryChange(recording.id, shiftedPauses(recording, deltaMs));
  }
}
