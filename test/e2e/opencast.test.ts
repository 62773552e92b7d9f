import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type CoreState, type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

const agent = 'mock-ca';
const uid = randomUUID();
const recordMs = 8000;

let core: StandInCore;
let station: RunningStation;

before(async () => {
  core = await startOpencastCore();
  station = await startStation({
    scenario: 'opencast-capture-agent',
    env: {
      REELFLOW_AGENT: agent,
      REELFLOW_OPENCAST_URL: core.url,
      REELFLOW_OPENCAST_USER: 'admin',
      REELFLOW_OPENCAST_PASSWORD: 'opencast',
    },
  });
  // At short notice, and not before the calendar was read for the first time.
  await until(async () => (await core.requests()).some(({ path }) => path.startsWith('/recordings/calendars')), {
    what: 'the first reading of the calendar',
  });
  const start = Math.ceil(Date.now() / 1000) + 30;
  const props = { 'org.opencastproject.workflow.config.publish.to.engage': 'a=b' };
  const event = { uid, title: 'Check, event; ümlaut', start, end: start + recordMs / 1000, agent, props };
  await core.control('events', [event]);
});
after(async () => {
  await station?.stop();
  await core?.stop();
});

async function ingestOf(mediaPackage: (id: string) => boolean): Promise<CoreState['ingested'][number]> {
  return until(async () => (await core.state()).ingested.find(({ mp }) => mediaPackage(mp)), {
    timeoutMs: 90_000,
    everyMs: 250,
    what: `the ingest; ${station.log().split('\n').slice(-20).join('\n')}`,
  });
}

test('the shipped flow registers, records the event, uploads it once and tells Opencast in order', async () => {
  await until(async () => (await core.state()).agents[agent]?.state === 'idle', { what: 'the agent at the core' });
  const { caps } = await core.state();
  assert.match(caps[agent] ?? '', /"capture\.device\.names":"camera"/);

  const accepted = await ingestOf((id) => id === uid);
  assert.equal(accepted.wf, 'fast');
  assert.equal(accepted.config['publish.to.engage'], 'a=b');
  assert.deepEqual(
    (accepted.el as [string, string, string][]).map(([kind, , flavor]) => [kind, flavor]),
    [['track', 'presenter/source']],
  );
  await until(async () => (await core.state()).recordings[uid]?.at(-1)?.[1] === 'upload_finished', {
    what: 'the last state',
  });
  const { recordings } = await core.state();
  assert.deepEqual(
    recordings[uid]?.map(([, state]) => state),
    ['capturing', 'capture_finished', 'uploading', 'upload_finished'],
  );

  const requests = await core.requests();
  const steps = requests.filter(({ path }) => path.startsWith('/ingest/')).map(({ path }) => path);
  assert.deepEqual(steps, [`/ingest/createMediaPackageWithID/${uid}`, '/ingest/addTrack', '/ingest/ingest']);
  const states = requests
    .filter(({ path, method }) => method === 'POST' && path === `/capture-admin/agents/${agent}`)
    .map(({ fields }) => fields?.find(({ name }) => name === 'state')?.value)
    .filter((state, index, all) => state !== all[index - 1]);
  assert.equal(states[0], 'idle', 'never offline at the start');
  for (const state of ['capturing', 'uploading']) assert.ok(states.includes(state), `${state} in ${states.join(', ')}`);
  await until(async () => (await core.state()).agents[agent]?.state === 'idle', { what: 'the agent to be idle again' });

  const answer = await station.api('/api/v1/recordings');
  const { recordings: list } = (await answer.json()) as {
    recordings: { state: string; tracks: { durationMs: number }[] }[];
  };
  assert.equal(list.length, 1);
  assert.equal(list[0]?.state, 'delivered');
  const durationMs = list[0]?.tracks[0]?.durationMs ?? 0;
  // Complete, with up to a group of pictures more at each end.
  assert.ok(durationMs >= recordMs - 100 && durationMs < recordMs + 2500, JSON.stringify(list));
});

interface Shown {
  id: string;
  state: string;
  event: { uid: string; properties: Record<string, string> };
  booking?: { state: string };
}

async function byHand(request: object): Promise<Shown> {
  const answer = await station.api('/api/v1/recordings', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()) as Shown;
}

async function shown(id: string): Promise<Shown> {
  return (await (await station.api(`/api/v1/recordings/${id}`)).json()) as Shown;
}

test('A41 a recording by hand is booked, comes back through the calendar, and is uploaded once, as the event', async () => {
  const { id } = await byHand({ title: 'Rehearsal', creator: 'Ada', durationMs: 12_000 });
  await until(async () => (await shown(id)).booking?.state === 'booked', { what: 'the booking' });
  const { events } = await core.state();
  assert.deepEqual(
    events.filter((event) => event.uid === id).map((event) => [event.title, event.agent]),
    [['Rehearsal', agent]],
  );
  await station.api('/api/v1/schedule/refresh', { method: 'POST' });
  await until(async () => 'org.opencastproject.workflow.definition' in (await shown(id)).event.properties, {
    what: 'the event from the calendar',
  });
  const accepted = await ingestOf((mediaPackage) => mediaPackage === id);
  assert.deepEqual(
    (accepted.el as [string, string, string][]).map(([kind]) => kind),
    ['track'],
    'the core has its catalog',
  );
  await until(async () => (await core.state()).recordings[id]?.at(-1)?.[1] === 'upload_finished', { what: 'the end' });
  const { recordings, ingested } = await core.state();
  assert.deepEqual(
    recordings[id]?.map(([, state]) => state),
    ['capturing', 'capture_finished', 'uploading', 'upload_finished'],
  );
  assert.equal(ingested.filter(({ mp }) => mp === id).length, 1);
  const { recordings: all } = (await (await station.api('/api/v1/recordings')).json()) as { recordings: Shown[] };
  assert.deepEqual(all.map(({ event }) => event.uid).sort(), [id, uid].sort());
});

test('a recording by hand that shall not be booked is uploaded with a catalog of its own', async () => {
  const before = (await core.requests()).length;
  const { id, booking } = await byHand({ title: 'By hand', durationMs: 3000, book: false });
  assert.deepEqual(booking, { state: 'none' });
  await ingestOf((mediaPackage) => mediaPackage === id);
  const requests = (await core.requests()).slice(before);
  assert.ok(!requests.some(({ path }) => path.includes('/ingest/schedule')));
  const catalog = requests.find(({ path }) => path === '/ingest/addDCCatalog');
  const xml = catalog?.fields?.find(({ name }) => name === 'dublinCore')?.value ?? '';
  assert.match(xml, /<dcterms:title>By hand<\/dcterms:title>/);
  assert.match(xml, /<dcterms:spatial>mock-ca<\/dcterms:spatial>/);
});

test('A43 clients of pyCA find its doors, behind the same login, and its figures once', async () => {
  const get = async <T>(path: string) => (await (await station.api(path)).json()) as T;
  assert.deepEqual((await get<{ meta: object }>('/api/name')).meta, { name: agent });
  assert.deepEqual((await get<{ meta: object }>('/api/services')).meta, {
    services: { agentstate: 'busy', capture: 'idle', ingest: 'idle', schedule: 'busy' },
  });
  const answer = await station.api(`/api/events/${uid}`);
  assert.equal(answer.headers.get('content-type'), 'application/vnd.api+json');
  const { data } = (await answer.json()) as { data: [{ attributes: { status: string; data: { attach: object[] } } }] };
  assert.equal(data[0].attributes.status, 'finished uploading');
  assert.equal(data[0].attributes.data.attach.length, 2);
  const logs = await get<{ data: [{ attributes: { lines: string[] } }] }>('/api/logs');
  assert.ok(logs.data[0].attributes.lines.some((line) => line.includes('was accepted by')));
  const picture = await station.api('/img/0');
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
  assert.equal((await fetch(`${station.url}/api/events`)).status, 401);
  assert.equal((await station.api('/api/v1/status')).status, 200, 'ours is beside it');
  const metrics = await (await station.api('/metrics')).text();
  const samples = metrics.split('\n').filter((line) => /^(pyca_|video_devices)/.test(line));
  assert.ok(samples.includes('pyca_service_state_info{service="capture",state="idle"} 1'), samples.join('\n'));
  assert.ok(samples.includes('pyca_events_count{type="finished uploading"} 3'), samples.join('\n'));
  const names = samples.map((line) => line.replace(/ [^ ]+$/, ''));
  assert.equal(new Set(names).size, names.length, 'no sample twice');
});

test('stopped in a clean way it says so', async () => {
  await station.stop();
  assert.equal((await core.state()).agents[agent]?.state, 'offline');
});
