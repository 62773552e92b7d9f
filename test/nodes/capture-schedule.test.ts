import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import register from '../../nodes/capture-schedule/capture-schedule.ts';
import { scheduleConfig } from '../../nodes/capture-schedule/config.ts';
import { settingsOf } from '../../nodes/capture-schedule/settings.ts';
import { statusText } from '../../nodes/capture-schedule/status.ts';
import type { ScheduledEvent } from '../../nodes/core/schedule/event.ts';
import type { ScheduleView } from '../../nodes/core/schedule/schedule.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { calendarOf, eventLines } from '../fixtures/ics.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { ScheduleStand } from '../fixtures/schedule-parts.ts';
import { until } from '../fixtures/until.ts';

const lecture = eventLines('lecture', '20261121T101500Z', '20261121T111500Z');

const flowOf = (fields: object): object[] => [
  { id: 'plan', type: 'capture-schedule', version: 1, timeZone: 'UTC', wires: [['events'], ['changes']], ...fields },
  { id: 'events', type: 'sink' },
  { id: 'changes', type: 'sink' },
];

async function start(context: TestContext, fields: object, calendar?: string) {
  const stand = new ScheduleStand(new FakeClock('2026-11-21T10:00:00Z'));
  stand.calendar.text = calendarOf(lecture);
  const { clock, service: schedules } = stand;
  const environment = calendar === undefined ? {} : { calendar };
  provideStation({ schedules, clock, environment, dataRoot: '/data' } as unknown as Station);
  const runtime = await startNodeRuntime([register as never], flowOf(fields));
  context.after(() => runtime.stop());
  const actions = () =>
    runtime.received('events').map(({ topic, payload }) => {
      const { action, event } = payload as { action: string; event: ScheduledEvent };
      return `${topic as string} ${action} ${event.uid}`;
    });
  return { stand, clock, runtime, actions };
}

const url = { source: 'url', url: 'http://calendar.test/hall.ics' };

test('events on the first output, changes and problems on the second, the next event as status', async (context) => {
  const { clock, stand, runtime, actions } = await start(context, url);
  await clock.passTo('2026-11-21T10:16:00Z');
  assert.deepEqual(actions(), ['event prepare lecture', 'event start lecture']);
  await until(() => /now: lecture until 11:15/.test(String(runtime.statuses('plan').at(-1)?.['text'])), {
    what: 'the status',
  });
  stand.calendar.text = calendarOf(eventLines('lecture', '20261121T101500Z', '20261121T113000Z'), ['UID:x']);
  runtime.node('plan').receive({ topic: 'refresh' });
  await until(() => runtime.received('changes').length >= 2, { what: 'a change and a problem' });
  assert.deepEqual(
    runtime
      .received('changes')
      .map(({ topic, payload }) => [topic, (payload as { kind?: string; code?: string }).kind]),
    [
      ['change', 'extended'],
      ['problem', undefined],
    ],
  );
});

test('a full deploy while an event runs announces it again', async (context) => {
  const { clock, runtime, actions } = await start(context, url);
  await clock.passTo('2026-11-21T10:16:00Z');
  await runtime.deploy([...flowOf(url), { id: 'another', type: 'sink' }], 'full');
  await clock.pass(1000);
  assert.deepEqual(actions().slice(2), ['event prepare lecture', 'event start lecture']);
});

test('a calendar by message; what is none is refused and changes nothing', async (context) => {
  const { clock, runtime, actions } = await start(context, { source: 'message' });
  await clock.pass(1000);
  runtime.node('plan').receive({ payload: calendarOf(lecture) });
  runtime.node('plan').receive({ payload: Buffer.from(calendarOf(lecture)) });
  runtime.node('plan').receive({ payload: '<html>' });
  runtime.node('plan').receive({ payload: 7 });
  runtime.node('plan').receive({ topic: 'refresh' });
  await until(() => runtime.lines('plan').filter(({ level }) => level === 'error').length >= 3, { what: '3 errors' });
  await clock.passTo('2026-11-21T10:15:00Z');
  assert.deepEqual(actions(), ['event prepare lecture', 'event start lecture']);
});

test('without a calendar the node says what to do', async (context) => {
  const { runtime } = await start(context, { source: 'url' });
  await until(() => runtime.statuses('plan').at(-1), { what: 'a status' });
  assert.equal(runtime.statuses('plan').at(-1)?.['fill'], 'red');
  assert.match(String(runtime.statuses('plan').at(-1)?.['text']), /REELFLOW_CALENDAR/);
});

test('text sent to a schedule that reads by itself is refused', async (context) => {
  const { runtime, stand } = await start(context, url);
  runtime.node('plan').receive({ payload: calendarOf() });
  const error = await until(() => runtime.lines('plan').find(({ level }) => level === 'error'), { what: 'an error' });
  assert.match(error.text, /topic "refresh"/);
  assert.equal(stand.planned().length, 1);
});

const siteOf = (fields: object, credentials: Record<string, string> = {}) => ({
  id: 'plan',
  name: 'Hall 1',
  config: scheduleConfig.parse(fields),
  credentials,
});

test('settings: units, login, defaults', () => {
  const site = siteOf({ ...url, auth: 'digest', refreshMinutes: '2', leadSeconds: '45' }, { user: 'u', password: 'p' });
  const { source, refreshMs, horizonMs, leadMs, maxAgeMs, timeZone } = settingsOf(site, { dataRoot: '/data' });
  assert.deepEqual(source, { kind: 'url', url: url.url, auth: 'digest', user: 'u', password: 'p' });
  assert.deepEqual([refreshMs, horizonMs, leadMs, maxAgeMs], [120_000, 14 * 86_400_000, 45_000, 6 * 3_600_000]);
  assert.equal(timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone);
});

test('settings: the place left open is that of REELFLOW_CALENDAR, address or file', () => {
  const place = (fields: object, calendar?: string) =>
    settingsOf(siteOf(fields), { dataRoot: '/data', calendar }).source;
  assert.deepEqual(place({}, 'https://x.test/a.ics'), { kind: 'url', url: 'https://x.test/a.ics', auth: 'none' });
  assert.deepEqual(place({}, '/srv/a.ics'), { kind: 'file', path: '/srv/a.ics' });
  assert.deepEqual(place({ source: 'file' }, 'webcal://x.test/a.ics'), {
    kind: 'url',
    url: 'webcal://x.test/a.ics',
    auth: 'none',
  });
  assert.deepEqual(place({ source: 'file', path: 'hall.ics' }, '/srv/a.ics'), { kind: 'file', path: '/data/hall.ics' });
  assert.deepEqual(place({ source: 'sample' }), { kind: 'sample' });
  assert.throws(() => place({}), { code: 'CALENDAR_MISSING', field: 'url' });
});

test('settings: bad values are named', () => {
  for (const [field, value] of [
    ['timeZone', 'Berlin'],
    ['horizonDays', 0],
    ['refreshMinutes', -1],
    ['source', 'ftp'],
    ['leadSeconds', 'soon'],
  ] as const) {
    const { error } = scheduleConfig.safeParse({ [field]: value });
    assert.equal(error?.issues[0]?.path[0], field);
  }
});

const now = Date.parse('2026-11-21T10:00:00Z');
const event = (title: string, start: string, end: string): ScheduledEvent => ({
  uid: title,
  title,
  start: Date.parse(start),
  end: Date.parse(end),
  inputs: [],
  properties: {},
  attachments: [],
});
const view = (more: Partial<ScheduleView>): ScheduleView => ({
  scheduleId: 'plan',
  name: 'Hall 1',
  events: [],
  problems: [],
  ...more,
});
const physics = event('Physics', '2026-11-21T10:15:00Z', '2026-11-21T11:15:00Z');
const tomorrow = event('Tomorrow', '2026-11-22T10:15:00Z', '2026-11-22T11:15:00Z');
const refused = { code: 'X', message: 'HTTP 500', at: now };

for (const [name, given, fill, text] of [
  ['next today', { lastGoodAt: now, events: [physics, tomorrow] }, 'green', 'next: Physics 11:15, 2 events'],
  ['next later', { lastGoodAt: now, events: [tomorrow] }, 'green', 'next: Tomorrow Sun 22 Nov 11:15, 1 event'],
  ['none', { lastGoodAt: now }, 'grey', 'no events'],
  ['not read yet', {}, 'grey', 'waiting for the calendar'],
  ['never read', { lastError: refused }, 'red', 'HTTP 500'],
  [
    'failing for a while',
    { lastGoodAt: now - 600_000, lastError: refused, events: [physics] },
    'yellow',
    'next: Physics 11:15, 1 event; read 10 min ago: HTTP 500',
  ],
  [
    'failing for long',
    { lastGoodAt: now - 5 * 3_600_000, lastError: refused, events: [physics] },
    'red',
    'next: Physics 11:15, 1 event; read 5 h ago: HTTP 500',
  ],
  [
    'problems',
    { lastGoodAt: now, events: [physics], problems: [{ code: 'A', message: 'b' }] },
    'yellow',
    'next: Physics 11:15, 1 event; 1 problem',
  ],
] as [string, Partial<ScheduleView>, string, string][]) {
  test(`status: ${name}`, () => {
    const status = statusText(view(given), { now, timeZone: 'Europe/Berlin', maxAgeMs: 3_600_000 });
    assert.deepEqual([status.fill, status.text], [fill, text]);
  });
}

test('status: what runs', () => {
  const running = view({ lastGoodAt: now, events: [physics, tomorrow] });
  const status = statusText(running, { now: physics.start, timeZone: 'UTC', maxAgeMs: 0 });
  assert.equal(status.text, 'now: Physics until 11:15');
});
