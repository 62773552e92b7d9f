import type { Dispose } from '../time/clock.ts';
import type { CalendarProblem } from './calendar.ts';
import type { EventMessage, ScheduledEvent } from './event.ts';
import type { ScheduleConflict } from './overlap.ts';

/** What one capture-schedule node knows; kept on disk, so that a calendar that is away never empties it. */
export interface ScheduleView {
  /** Node id of the capture-schedule. */
  scheduleId: string;
  name: string;
  events: ScheduledEvent[];
  /** When a calendar was last read and understood (or answered "not modified"), epoch ms. */
  lastGoodAt?: number;
  /** Why the last try failed; absent when it worked. */
  lastError?: { code: string; message: string; at: number };
  /** Events in the calendar that were not understood: kept out, never silently. */
  problems: CalendarProblem[];
  /** Events that want one input at the same time, with those of other schedules too, and what comes of it. */
  conflicts?: ScheduleConflict[];
}

/**
 * added, cancelled: it is there, or no longer. moved: start and end by the same; extended, shortened: it lasts longer or
 * less long; changed: anything else. missed: it was over before it could be started (machine off, clock set forward).
 */
export type ScheduleChangeKind = 'added' | 'changed' | 'moved' | 'extended' | 'shortened' | 'cancelled' | 'missed';

export interface ScheduleChange {
  scheduleId: string;
  kind: ScheduleChangeKind;
  event: ScheduledEvent;
  before?: ScheduledEvent;
  /** It had begun when this was noticed. */
  isRunning?: boolean;
}

/** What a node can tell its flow besides the actions. */
export type ScheduleNotice =
  | { kind: 'change'; change: ScheduleChange }
  | { kind: 'problem'; scheduleId: string; problem: CalendarProblem }
  | { kind: 'conflict'; scheduleId: string; conflict: ScheduleConflict };

/** Where a calendar comes from and how it is read: the settings of one capture-schedule node. */
export interface ScheduleSettings {
  scheduleId: string;
  name: string;
  source:
    | {
        kind: 'url';
        url: string;
        auth: 'none' | 'basic' | 'digest' | 'bearer';
        user?: string;
        password?: string;
        token?: string;
      }
    | { kind: 'file'; path: string }
    /** What a core has planned for an agent; `coreId` is the id of the capture-opencast node. */
    | { kind: 'opencast'; coreId: string; agent: string }
    /** Calendar text comes as messages: `Schedules.feed`. */
    | { kind: 'message' }
    /** Made-up events to try the product with, see sample-calendar.ts. */
    | { kind: 'sample' };
  refreshMs: number;
  horizonMs: number;
  /** IANA zone for floating times and all-day events. */
  timeZone: string;
  hasAllDayEvents: boolean;
  /** `prepare` is sent this long before the start. */
  leadMs: number;
  /** An alarm is raised when the last good read is older. */
  maxAgeMs: number;
}

/** All schedules of a station. They live on while nodes are redeployed. */
export interface Schedules {
  /** Attaches a node: sends it prepare and start of what is current at once, then every action when it is due. */
  attach(
    settings: ScheduleSettings,
    onEvent: (message: EventMessage) => void,
    onNotice?: (notice: ScheduleNotice) => void,
  ): Dispose;
  /** Reads calendar text given by a message. Rejects with a clear error and keeps the old schedule when it is not one. */
  feed(scheduleId: string, calendar: string): Promise<void>;
  list(): ScheduleView[];
  /** Reads the calendar now; all of them without an id. Rejects with the reason when it could not be read. */
  refresh(scheduleId?: string): Promise<void>;
  onChange(listener: (view: ScheduleView) => void): Dispose;
}
