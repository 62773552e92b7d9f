import { ReelflowError, toReelflowError } from '../errors.ts';
import { episodeCatalog } from '../ingest/episode-catalog.ts';
import type { BookedEvent, IngestNode, OpencastCore } from '../opencast/opencast-core.ts';
import { OpencastStatusError } from '../opencast/opencast-error.ts';
import type { Recording, RecordingBooking } from '../recording/recording.ts';
import { isRunning, isWaiting } from '../recording/state.ts';
import type { ScheduledEvent } from '../schedule/event.ts';

export interface BookingPlace {
  core: OpencastCore;
  /** Name of this capture agent at the core. */
  agent: string;
}

/** What is known now, and the event as the core has it where that is news. */
export interface BookingNews {
  booking: RecordingBooking;
  event?: ScheduledEvent;
}

/** Less than this is not worth a request, and may come of a camera that was slow to start. */
const endToleranceMs = 5000;
/** What a core without createMediaPackageWithID answers: then the event could not have our id. */
const withoutOwnIds = [404, 405, 501];

/** Whether there is something to ask the core for, or to tell it, about this recording. */
export function isBookingOpen(recording: Recording, now: number): boolean {
  return recording.booking?.state === 'pending' || isEndUntold(recording, now);
}

/** Whether a recording can still be made an event: one that is over is uploaded as one of its own. */
export function isBookable({ state }: Recording): boolean {
  return isWaiting(state) || isRunning(state);
}

/**
 * Asks the core for an event of this recording's id. Rejects with what may pass; anything else is an outcome.
 *
 * @param submit keeps on the disk, before the request goes out, that the core may have the event from now on
 */
export async function book(
  recording: Recording,
  place: BookingPlace,
  submit: (event: ScheduledEvent) => void,
  abort: AbortSignal,
): Promise<BookingNews> {
  const event = bookedEvent(recording);
  const inTheWay = await overlapping(place, event, abort);
  const own = inTheWay?.find(({ id }) => id === recording.id);
  if (own) return { booking: { state: 'booked' }, event: { ...event, end: own.end ?? event.end } };
  if (!isBookable(recording)) return { booking: tooLate };
  if (inTheWay && inTheWay.length > 0) return { booking: conflict(inTheWay) };
  const node = await place.core.openIngest(abort);
  let mediaPackage: string | undefined;
  try {
    mediaPackage = await node.createMediaPackageWithId(recording.id, abort);
    const dublinCore = episodeCatalog(recording, { identifier: recording.id, agent: place.agent, ...event });
    mediaPackage = await node.addDcCatalog({ mediaPackage, dublinCore }, abort);
    submit(event);
    const parameters = { 'capture.device.names': recording.inputs.join(',') };
    const outcome = await node.schedule({ mediaPackage, parameters }, abort);
    if (outcome !== 'conflict') return { booking: { state: 'booked' }, event };
  } catch (error) {
    const booking = refusal(error);
    await discard(node, mediaPackage, abort);
    return { booking };
  }
  await discard(node, mediaPackage, abort);
  return { booking: conflict(await overlapping(place, event, abort).catch(() => undefined)) };
}

/** Tells the core that a recording which it knows ends earlier or later. Rejects with what may pass. */
export async function tellEnd(recording: Recording, core: OpencastCore, abort: AbortSignal): Promise<BookingNews> {
  const { event, plannedEnd } = recording;
  const end = wholeSecond(plannedEnd);
  const untold = (reason: string): BookingNews => ({
    booking: { state: 'booked', refusedEnd: end, reason: `the core keeps the end that was booked: ${reason}` },
  });
  try {
    const outcome = await core.moveEnd(event.uid, end, abort);
    if (outcome === 'conflict') return untold('it has another event by then');
    return { booking: { state: 'booked' }, event: { ...event, end } };
  } catch (error) {
    const { isRetryable, message } = toReelflowError(error);
    if (isRetryable || abort.aborted) throw error;
    return untold(message);
  }
}

export const tooLate: RecordingBooking = {
  state: 'none',
  reason: 'the core could not be reached before the recording was over: it is uploaded as an event of its own',
};

/** The event in whole seconds, which is what Opencast keeps. */
function bookedEvent({ event, plannedStart, plannedEnd }: Recording): ScheduledEvent {
  const start = wholeSecond(plannedStart);
  return { ...event, start, end: Math.max(wholeSecond(plannedEnd), start + 1000) };
}

function wholeSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}

function isEndUntold({ booking, state, endedBy, event, plannedEnd }: Recording, now: number): boolean {
  if (booking?.state !== 'booked' || endedBy === 'event') return false;
  // What is over at the core as well as here is of no interest to anybody.
  if (state !== 'recording' && event.end <= now) return false;
  const differs = (end: number | undefined) => end === undefined || Math.abs(end - plannedEnd) > endToleranceMs;
  return differs(event.end) && differs(booking.refusedEnd);
}

/** undefined: this user may not read it. */
async function overlapping(
  { core, agent }: BookingPlace,
  { start, end }: ScheduledEvent,
  abort: AbortSignal,
): Promise<BookedEvent[] | undefined> {
  try {
    return await core.conflicts(agent, start, end, abort);
  } catch (error) {
    if (error instanceof ReelflowError && error.code === 'OPENCAST_FORBIDDEN') return undefined;
    throw error;
  }
}

function conflict(inTheWay: BookedEvent[] | undefined): RecordingBooking {
  const titles = inTheWay?.map(({ title }) => `"${title}"`).join(', ');
  const reason = titles ? `the core has ${titles} at this time` : 'the core has another event at this time';
  return { state: 'conflict', reason, ...(titles && { conflicts: inTheWay }) };
}

/** Throws what may pass. */
function refusal(error: unknown): RecordingBooking {
  const { message, isRetryable } = toReelflowError(error);
  if (error instanceof OpencastStatusError && withoutOwnIds.includes(error.status)) {
    return { state: 'refused', reason: 'this core is too old: it does not take media packages with an id of ours' };
  }
  const isFinal =
    error instanceof ReelflowError && ['OPENCAST_FORBIDDEN', 'OPENCAST_STATUS'].includes(error.code) && !isRetryable;
  if (!isFinal) throw error;
  return { state: 'refused', reason: message };
}

/** What it leaves behind is cleared away by the core's administrator otherwise: not worth a second try. */
async function discard(node: IngestNode, mediaPackage: string | undefined, abort: AbortSignal): Promise<void> {
  if (mediaPackage !== undefined) await node.discardMediaPackage(mediaPackage, abort).catch(() => {});
}
