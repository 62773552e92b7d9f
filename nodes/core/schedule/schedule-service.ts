import type { Alarms } from '../alarms/alarms.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { OpenCalendarSource } from './calendar-source.ts';
import type { EventAction, EventMessage, ScheduledEvent } from './event.ts';
import { LiveSchedule } from './live-schedule.ts';
import { findConflicts, type ScheduleConflict } from './overlap.ts';
import type { ScheduleNotice, ScheduleSettings, Schedules, ScheduleView } from './schedule.ts';
import type { ScheduleStore } from './schedule-store.ts';

export interface ScheduleServiceOptions {
  clock: Clock;
  loop: InstantLoop;
  store: ScheduleStore;
  /** How URLs and files are read: `openCalendarSource` of adapters/calendar. */
  openSource: OpenCalendarSource;
  alarms: Alarms;
  log: Log;
  /** Start of the runtime, epoch ms; default now. */
  startedAt?: number;
  /** Whether several recordings can be made of an input at once (see overlap.ts); default: of all. */
  isShared?: (input: string) => boolean;
}

interface Member {
  schedule: LiveSchedule;
  attachedAtMonotonicMs: number;
  subscriber?: Subscriber;
  conflicts: ScheduleConflict[];
  /** What nobody heard while no node was attached: the last cancel or update of an event; the rest is replayed. */
  unheard: { messages: Map<string, EventMessage>; notices: ScheduleNotice[] };
  leave: Dispose;
}

interface Subscriber {
  onEvent: (message: EventMessage) => void;
  onNotice: ((notice: ScheduleNotice) => void) | undefined;
  isReady: boolean;
}

/** A node that does not come back within this time was deleted, not deployed anew. */
const leaveMs = 60_000;
const ageCheckMs = 15_000;
const maxUnheardNotices = 200;
const storedForMs = 90 * 24 * 3_600_000;

/** The schedules of a station: they go on while their nodes are deployed anew. */
export class ScheduleService implements Schedules {
  readonly #options: ScheduleServiceOptions;
  readonly #startedAt: number;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<(view: ScheduleView) => void>();
  readonly #disposals: Dispose[];

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
    this.#startedAt = options.startedAt ?? options.clock.now();
    this.#guard(() => options.store.prune(options.clock.now() - storedForMs));
    this.#disposals = [
      options.loop.onJump((deltaMs) => this.#onJump(deltaMs)),
      options.loop.every(ageCheckMs, () => {
        for (const member of this.#members.values()) this.#watchAge(member);
      }),
    ];
  }

  attach(
    settings: ScheduleSettings,
    onEvent: (message: EventMessage) => void,
    onNotice?: (notice: ScheduleNotice) => void,
  ): Dispose {
    const { loop } = this.#options;
    const member = this.#enter(settings);
    const subscriber: Subscriber = { onEvent, onNotice, isReady: false };
    member.subscriber = subscriber;
    // Not within this call: the caller does not have its Dispose yet.
    const stopWaiting = loop.after(0, () => this.#ready(member, subscriber));
    return () => {
      stopWaiting();
      if (member.subscriber !== subscriber) return;
      delete member.subscriber;
      member.leave = loop.after(leaveMs, () => this.#remove(settings.scheduleId));
    };
  }

  async feed(scheduleId: string, calendar: string): Promise<void> {
    this.#find(scheduleId).schedule.receive(calendar);
  }

  list(): ScheduleView[] {
    return [...this.#members.values()].map(viewOf);
  }

  async refresh(scheduleId?: string): Promise<void> {
    if (scheduleId !== undefined) return this.#find(scheduleId).schedule.refresh();
    const remote = [...this.#members.values()].filter(({ schedule }) => schedule.settings.source.kind !== 'message');
    const results = await Promise.allSettled(remote.map(({ schedule }) => schedule.refresh()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw toReelflowError(failed.reason);
  }

  onChange(listener: (view: ScheduleView) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all reading; what is stored stays. */
  close(): void {
    for (const dispose of this.#disposals) dispose();
    for (const { schedule, leave } of this.#members.values()) {
      leave();
      schedule.dispose();
    }
    this.#members.clear();
  }

  #enter(settings: ScheduleSettings): Member {
    const known = this.#members.get(settings.scheduleId);
    if (known) {
      known.leave();
      known.schedule.configure(settings);
      return known;
    }
    const { scheduleId } = settings;
    const { clock, loop, store, openSource, log } = this.#options;
    const unheard: Member['unheard'] = { messages: new Map(), notices: [] };
    // Loading a schedule announces at once, before the member is in the map: nobody hears it, and it is replayed.
    const member: Member = {
      schedule: new LiveSchedule(settings, {
        clock,
        loop,
        store,
        openSource,
        log,
        startedAt: this.#startedAt,
        send: (action, event) => this.#send(scheduleId, unheard, action, event),
        notify: (notice) => this.#notify(scheduleId, unheard, notice),
        onView: () => this.#viewChanged(scheduleId),
      }),
      attachedAtMonotonicMs: clock.monotonicMs(),
      conflicts: [],
      unheard,
      leave: () => {},
    };
    this.#members.set(scheduleId, member);
    this.#viewChanged(scheduleId);
    return member;
  }

  #ready(member: Member, subscriber: Subscriber): void {
    if (member.subscriber !== subscriber) return;
    subscriber.isReady = true;
    const { messages, notices } = member.unheard;
    for (const message of messages.values()) this.#guard(() => subscriber.onEvent(message));
    messages.clear();
    for (const notice of notices.splice(0)) this.#guard(() => subscriber.onNotice?.(notice));
    member.schedule.replay();
  }

  #remove(scheduleId: string): void {
    this.#members.get(scheduleId)?.schedule.dispose();
    this.#members.delete(scheduleId);
    this.#options.alarms.clear(`schedule-old:${scheduleId}`);
  }

  #find(scheduleId: string): Member {
    const member = this.#members.get(scheduleId);
    if (!member) {
      throw new ReelflowError('SCHEDULE_UNKNOWN', `there is no schedule "${scheduleId}"`, { field: 'scheduleId' });
    }
    return member;
  }

  #send(scheduleId: string, unheard: Member['unheard'], action: EventAction, event: ScheduledEvent): boolean {
    const subscriber = this.#members.get(scheduleId)?.subscriber;
    if (!subscriber?.isReady) {
      if (action === 'cancel' || action === 'update') unheard.messages.set(event.uid, { action, event });
      else if (action !== 'stop') unheard.messages.delete(event.uid);
      return false;
    }
    this.#guard(() => subscriber.onEvent({ action, event }));
    return true;
  }

  #notify(scheduleId: string, unheard: Member['unheard'], notice: ScheduleNotice): void {
    const subscriber = this.#members.get(scheduleId)?.subscriber;
    if (subscriber?.isReady) this.#guard(() => subscriber.onNotice?.(notice));
    else if (unheard.notices.length < maxUnheardNotices) unheard.notices.push(notice);
  }

  #viewChanged(scheduleId: string): void {
    const changed = this.#members.get(scheduleId);
    if (!changed) return;
    this.#watchAge(changed);
    this.#findConflicts();
    const view = viewOf(changed);
    for (const listener of this.#listeners) this.#guard(() => listener(view));
  }

  #findConflicts(): void {
    const events = [...this.#members.values()].flatMap(({ schedule }) => schedule.view.events);
    const all = findConflicts(events, this.#options.isShared ?? (() => true));
    for (const [scheduleId, member] of this.#members) {
      const uids = new Set(member.schedule.view.events.map((event) => event.uid));
      const before = new Set(member.conflicts.map((conflict) => JSON.stringify(conflict)));
      member.conflicts = all.filter((conflict) => uids.has(conflict.first) || uids.has(conflict.second));
      for (const conflict of member.conflicts) {
        if (before.has(JSON.stringify(conflict))) continue;
        this.#notify(scheduleId, member.unheard, { kind: 'conflict', scheduleId, conflict });
      }
    }
  }

  #watchAge({ schedule, attachedAtMonotonicMs }: Member): void {
    const { clock, alarms } = this.#options;
    const { scheduleId, name, maxAgeMs } = schedule.settings;
    const { lastGoodAt, lastError } = schedule.view;
    const ageMs = lastGoodAt === undefined ? clock.monotonicMs() - attachedAtMonotonicMs : clock.now() - lastGoodAt;
    const key = `schedule-old:${scheduleId}`;
    if (maxAgeMs <= 0 || ageMs <= maxAgeMs) {
      alarms.clear(key);
      return;
    }
    const since =
      lastGoodAt === undefined ? 'has never been read' : `was last read at ${new Date(lastGoodAt).toISOString()}`;
    const reason = lastError ? `: ${lastError.message}` : '';
    const message = `the calendar "${name}" ${since}${reason}`;
    alarms.raise(key, { severity: 'warning', code: 'SCHEDULE_OLD', message });
  }

  #onJump(deltaMs: number): void {
    this.#options.log.warn(`the wall clock was moved by ${Math.round(deltaMs)} ms: all events are planned anew`);
    for (const { schedule } of this.#members.values()) schedule.onJump(deltaMs);
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error(`schedule: ${toReelflowError(error).message}`);
    }
  }
}

function viewOf({ schedule, conflicts }: Member): ScheduleView {
  return { ...schedule.view, conflicts };
}
