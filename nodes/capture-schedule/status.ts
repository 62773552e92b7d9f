import type { ScheduleView } from '../core/schedule/schedule.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

export interface StatusContext {
  now: number;
  timeZone: string;
  /** 0: no limit. */
  maxAgeMs: number;
}

/** The short text under the node: what runs or comes next, and what is wrong with the calendar. Pure. */
export function statusText(view: ScheduleView, { now, timeZone, maxAgeMs }: StatusContext): NodeStatus {
  const { events, lastGoodAt, lastError } = view;
  const plan = planText(view, now, timeZone);
  if (lastGoodAt === undefined) {
    return lastError
      ? { fill: 'red', shape: 'ring', text: lastError.message }
      : { fill: 'grey', shape: 'ring', text: 'waiting for the calendar' };
  }
  const ageMs = now - lastGoodAt;
  const isOld = maxAgeMs > 0 && ageMs > maxAgeMs;
  if (lastError || isOld) {
    const reason = lastError ? `: ${lastError.message}` : '';
    return { fill: isOld ? 'red' : 'yellow', shape: 'ring', text: `${plan}; read ${ageText(ageMs)} ago${reason}` };
  }
  const problems = view.problems.length > 0 ? `; ${countText(view.problems.length, 'problem')}` : '';
  if (events.length === 0) return { fill: 'grey', shape: 'ring', text: plan + problems };
  return { fill: problems ? 'yellow' : 'green', shape: 'dot', text: plan + problems };
}

function planText({ events }: ScheduleView, now: number, timeZone: string): string {
  const running = events.find((event) => event.start <= now && now < event.end);
  const next = events.find((event) => event.start > now);
  if (running) return `now: ${titleOf(running.title)} until ${timeText(running.end, now, timeZone)}`;
  if (!next) return 'no events';
  return `next: ${titleOf(next.title)} ${timeText(next.start, now, timeZone)}, ${countText(events.length, 'event')}`;
}

function titleOf(title: string): string {
  return title.length > 30 ? `${title.slice(0, 29)}…` : title || 'untitled';
}

/** `10:15`, with the day when it is not today. */
function timeText(at: number, now: number, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const isToday = day.format(at) === day.format(now) && Math.abs(at - now) < 86_400_000;
  return isToday ? time.format(at) : `${day.format(at).replace(',', '')} ${time.format(at)}`;
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
