import { ReelflowError } from '../core/errors.ts';
import { decodeCalendar } from '../core/schedule/calendar-text.ts';
import type { ScheduleNotice } from '../core/schedule/schedule.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type ScheduleConfig, scheduleConfig } from './config.ts';
import { settingsOf } from './settings.ts';
import { statusText } from './status.ts';

/** How often the status is drawn anew: it names a time and an age. */
const statusEveryMs = 15_000;

export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-schedule',
    version: 1,
    config: scheduleConfig,
    credentials: { user: 'text', password: 'password', token: 'password' },
    open,
  });
}

function open(site: NodeSite<ScheduleConfig>): NodeLife {
  const { agent, schedules, clock, dataRoot, environment } = useStation();
  const settings = settingsOf(site, { agent, dataRoot, calendar: environment.calendar });
  const show = () => {
    const view = schedules.list().find(({ scheduleId }) => scheduleId === site.id);
    if (view) site.show(statusText(view, { now: clock.now(), ...settings }));
  };
  const detach = schedules.attach(
    settings,
    (message) => {
      site.send({ topic: 'event', payload: message }, null);
      show();
    },
    (notice) => site.send(null, messageOf(notice)),
  );
  const unlisten = schedules.onChange((view) => {
    if (view.scheduleId === site.id) show();
  });
  const drawing = setInterval(show, statusEveryMs);
  show();
  return {
    receive: async (message) => {
      if (message.topic === 'refresh') await schedules.refresh(site.id);
      else await schedules.feed(site.id, calendarOf(message, settings.source.kind));
    },
    close: () => {
      clearInterval(drawing);
      unlisten();
      detach();
    },
  };
}

function messageOf(notice: ScheduleNotice): NodeMessage {
  switch (notice.kind) {
    case 'change':
      return { topic: 'change', payload: notice.change };
    case 'problem':
      return { topic: 'problem', payload: { scheduleId: notice.scheduleId, ...notice.problem } };
    case 'conflict':
      return { topic: 'conflict', payload: { scheduleId: notice.scheduleId, ...notice.conflict } };
  }
}

function calendarOf({ payload }: NodeMessage, source: string): string {
  if (source !== 'message') {
    throw new ReelflowError(
      'MESSAGE_INVALID',
      'this schedule reads its calendar itself; to have it read now, send the topic "refresh"',
      { field: 'topic' },
    );
  }
  if (typeof payload === 'string') return payload;
  if (payload instanceof Uint8Array) return decodeCalendar(payload);
  throw new ReelflowError('MESSAGE_INVALID', 'payload must be the text of an iCalendar', { field: 'payload' });
}
