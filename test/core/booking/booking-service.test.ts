import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SystemClock } from '../../../nodes/adapters/clock/system-clock.ts';
import { BookingService } from '../../../nodes/core/booking/booking-service.ts';
import type { Recording, RecordingBooking } from '../../../nodes/core/recording/recording.ts';
import { type AgentBench, type AgentBenchOptions, startAgent } from '../../fixtures/agent-bench.ts';
import { type StandInCore, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { until } from '../../fixtures/until.ts';

interface Bench {
  stand: StandInCore;
  agent: AgentBench;
  bookings: BookingService;
  begin: (id: string, fields?: Partial<Recording>) => Recording;
  bookingOf: (id: string) => RecordingBooking | undefined;
  untilBooking: (id: string, state: RecordingBooking['state'], timeoutMs?: number) => Promise<RecordingBooking>;
}

async function start(context: TestContext, options: AgentBenchOptions & { hasCore?: boolean } = {}): Promise<Bench> {
  const stand = await startOpencastCore();
  const agent = await startAgent(context, stand, options);
  context.after(() => stand.stop());
  const { recordings, service: agents, cores, loop, log } = agent;
  const bookings = new BookingService({ recordings, agents, cores, loop, log, clock: new SystemClock() });
  context.after(() => bookings.close());
  if (options.hasCore !== false) await until(() => agent.view()?.toldState === 'idle', { what: 'idle' });
  const bookingOf = (id: string) => recordings.get(id)?.booking;
  return {
    ...{ stand, agent, bookings, bookingOf },
    begin(id, fields = {}) {
      const now = Date.now();
      const event = {
        ...{ uid: id, start: now, end: now + 60_000, title: 'Rehearsal', inputs: ['camera'], attachments: [] },
        properties: { 'event.creator': 'Ada & Co', 'event.series': 'physics' },
      };
      const booking = bookings.firstBooking(undefined);
      return recordings.set(id, {
        ...{ origin: 'manual', state: 'recording', title: 'Rehearsal', event, inputs: ['camera'] },
        ...{ plannedStart: now, plannedEnd: now + 60_000, createdAt: now, ...(booking && { booking }) },
        ...fields,
      });
    },
    bookingOf,
    untilBooking: (id, state, timeoutMs = 10_000) =>
      until(() => (bookingOf(id)?.state === state ? bookingOf(id) : undefined), {
        timeoutMs,
        what: `${id} to be ${state}; it is ${JSON.stringify(bookingOf(id))}`,
      }),
  };
}

const paths = async (stand: StandInCore) =>
  (await stand.requests()).map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);

test('a recording started by hand becomes an event of its id, with what was said of it', async (context) => {
  const { stand, agent, begin, untilBooking } = await start(context);
  const recording = begin('r1');
  assert.equal(recording.booking?.state, 'pending');
  assert.deepEqual(await untilBooking('r1', 'booked'), { state: 'booked' });
  const { events } = await stand.state();
  assert.equal(events.length, 1);
  const [event] = events;
  assert.deepEqual([event?.uid, event?.title, event?.agent], ['r1', 'Rehearsal', 'hall-1']);
  assert.equal(event?.props?.['capture.device.names'], 'camera');
  const kept = agent.recordings.get('r1')?.event;
  assert.deepEqual([kept?.start, kept?.end], [(event?.start ?? 0) * 1000, (event?.end ?? 0) * 1000]);
  const steps = (await paths(stand)).filter((path) => path.includes('/ingest/') || path.includes('conflicts'));
  assert.deepEqual(steps, [
    'GET /recordings/conflicts.json',
    'PUT /ingest/createMediaPackageWithID/r1',
    'POST /ingest/addDCCatalog',
    'POST /ingest/schedule',
  ]);
  const catalog = (await stand.requests()).find(({ path }) => path === '/ingest/addDCCatalog');
  const xml = catalog?.fields?.find(({ name }) => name === 'dublinCore')?.value ?? '';
  assert.match(xml, /<dcterms:creator>Ada &amp; Co</);
  assert.match(xml, /<dcterms:isPartOf>physics</);
});

test('the state of a recording is told once the core knows it', async (context) => {
  const { stand, agent, begin, untilBooking } = await start(context);
  const recording = begin('r1');
  agent.place.follow(recording);
  await untilBooking('r1', 'booked');
  await until(async () => (await stand.state()).recordings['r1']?.length, { what: 'the state' });
  assert.deepEqual(
    (await stand.state()).recordings['r1']?.map(([, state]) => state),
    ['capturing'],
  );
  assert.ok(!agent.notices.some((notice) => notice.kind === 'recording-state' && !notice.isKnown));
});

test('a conflict is shown with the events that are in the way, and nothing is sent', async (context) => {
  const { stand, begin, untilBooking } = await start(context);
  const now = Math.floor(Date.now() / 1000);
  await stand.control('events', [{ uid: 'e1', title: 'Physics I', start: now - 60, end: now + 600 }]);
  begin('r1');
  assert.deepEqual(await untilBooking('r1', 'conflict'), {
    state: 'conflict',
    reason: 'the core has "Physics I" at this time',
    conflicts: [{ id: 'e1', title: 'Physics I', start: (now - 60) * 1000, end: (now + 600) * 1000 }],
  });
  assert.ok(!(await paths(stand)).some((path) => path.includes('/ingest/')));
});

test('who may not read conflicts hears of one by the refusal; what was begun is discarded', async (context) => {
  const { stand, begin, untilBooking } = await start(context);
  const now = Math.floor(Date.now() / 1000);
  await stand.control('roles', { conflicts: false });
  await stand.control('events', [{ uid: 'e1', title: 'Physics I', start: now - 60, end: now + 600 }]);
  begin('r1');
  const { reason, conflicts } = await untilBooking('r1', 'conflict');
  assert.deepEqual([reason, conflicts], ['the core has another event at this time', undefined]);
  assert.ok((await paths(stand)).includes('POST /ingest/discardMediaPackage'));
});

test('a refusal is no conflict: a 400 and a 403 are said as what they are', async (context) => {
  const { stand, begin, untilBooking } = await start(context);
  await stand.control('fault', { path: '/ingest/schedule', status: 400, body: 'Temporal start differs', times: 1 });
  begin('r1');
  assert.match((await untilBooking('r1', 'refused')).reason ?? '', /HTTP 400: Temporal start differs/);
  await stand.control('roles', { book: false });
  begin('r2');
  assert.match((await untilBooking('r2', 'refused')).reason ?? '', /may not book events \(HTTP 403\)/);
});

test('a 500 is tried again, with the reason meanwhile', async (context) => {
  const { stand, begin, bookingOf, untilBooking } = await start(context);
  await stand.control('fault', { path: '/ingest/schedule', status: 500, times: 1 });
  begin('r1');
  await until(() => bookingOf('r1')?.reason?.includes('HTTP 500'), { what: 'the reason' });
  assert.equal(bookingOf('r1')?.state, 'pending');
  await untilBooking('r1', 'booked', 15_000);
});

test('an answer that was lost: the event is found, not booked twice', async (context) => {
  const { stand, begin, untilBooking } = await start(context);
  // The core takes it, the connection is cut before it says so.
  await stand.control('fault', { path: '/ingest/schedule', drop_reply: true, times: 1 });
  begin('r1');
  await untilBooking('r1', 'booked', 15_000);
  assert.equal((await stand.state()).events.length, 1);
  assert.equal((await paths(stand)).filter((path) => path === 'POST /ingest/schedule').length, 1);
});

test('the core is away: booked in order when it is back, unless the recording is over by then', async (context) => {
  const { stand, begin, agent, bookingOf, untilBooking } = await start(context);
  await stand.goAway();
  const now = Date.now();
  const hour = 3_600_000;
  const at = (index: number) => ({
    createdAt: now + index,
    plannedStart: now + index * hour,
    plannedEnd: now + (index + 1) * hour,
  });
  begin('r1', at(0));
  begin('r2', at(1));
  begin('short', at(2));
  await until(() => bookingOf('r1')?.reason, { what: 'the reason' });
  agent.recordings.set('short', { state: 'recorded' });
  assert.match((await untilBooking('short', 'none')).reason ?? '', /before the recording was over/);
  await stand.comeBack();
  await untilBooking('r1', 'booked', 40_000);
  await untilBooking('r2', 'booked');
  assert.deepEqual(
    (await stand.state()).events.map(({ uid }) => uid),
    ['r1', 'r2'],
  );
});

test('a restart goes on with what was pending', async (context) => {
  const { stand, agent, bookings, begin, untilBooking } = await start(context);
  bookings.close();
  begin('r1', { booking: { state: 'pending' } });
  const { recordings, service: agents, cores, loop, log } = agent;
  const next = new BookingService({ recordings, agents, cores, loop, log, clock: new SystemClock() });
  context.after(() => next.close());
  await untilBooking('r1', 'booked');
  assert.equal((await stand.state()).events.length, 1);
});

test('a new end is told where the role allows; where it does not, that is no error', async (context) => {
  const { stand, agent, begin, untilBooking } = await start(context);
  const { plannedEnd } = begin('r1');
  await untilBooking('r1', 'booked');
  agent.recordings.set('r1', { plannedEnd: plannedEnd + 300_000 });
  const told = await until(() => agent.recordings.get('r1')?.booking?.reason, { what: 'the reason' });
  assert.match(told, /keeps the end that was booked: .*may not change events/);
  assert.deepEqual(agent.alarms.list(), []);
  await stand.control('roles', { admin: true });
  const second = Math.floor((plannedEnd + 600_000) / 1000);
  agent.recordings.set('r1', { plannedEnd: plannedEnd + 600_000 });
  await until(async () => (await stand.state()).events[0]?.end === second, { what: 'the new end at the core' });
  await until(() => agent.recordings.get('r1')?.booking?.reason === undefined, { what: 'no reason any more' });
  assert.equal(agent.recordings.get('r1')?.event.end, second * 1000);
  const stopped = Date.now();
  agent.recordings.set('r1', { plannedEnd: stopped, endedBy: 'user', state: 'finishing' });
  const end = Math.floor(stopped / 1000);
  await until(async () => (await stand.state()).events[0]?.end === end, { what: 'the stop at the core' });
});

test('not wanted, no agent, a backup: nothing is asked', async (context) => {
  const { bookings, stand } = await start(context, { core: { isBackup: true }, hasCore: false });
  assert.deepEqual(bookings.firstBooking(false), { state: 'none' });
  assert.match(bookings.firstBooking(true)?.reason ?? '', /stands by as a backup/);
  assert.deepEqual(await stand.requests(), []);
});
