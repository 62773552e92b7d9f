import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import type { Incoming } from '../../../nodes/adapters/http/router.ts';
import { ROLES } from '../../../nodes/core/access/users.ts';
import { pycaDoors } from '../../../nodes/plugin-pyca/doors.ts';
import { RecentLog } from '../../../nodes/plugin-pyca/recent-log.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';
import type { Untyped } from '../plugin-api/fixtures/client.ts';
import { makeEvent, makeStation, type TestStation } from '../plugin-api/fixtures/station.ts';

const jsonApi = 'application/vnd.api+json';
const recent = new RecentLog();
let folder: string;
let made: TestStation;
let url: string;
let close: () => Promise<void>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelflow-pyca-'));
  const doors = pycaDoors(() => made.station, recent, quietLog);
  const server = createServer((request: Incoming, response) => {
    const role = ROLES.find((one) => one === (request.headers['x-role'] ?? 'admin'));
    if (role) request.caller = { user: `the-${role}`, role, via: 'http' };
    const path = request.url ?? '/';
    const door = doors.find(
      ({ prefix }) => path === prefix || (/^[/?]/.test(path.slice(prefix.length)) && path.startsWith(prefix)),
    );
    if (!door) return void response.writeHead(404).end();
    const rest = path.slice(door.prefix.length);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    door.handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});
after(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  made = makeStation(folder);
  (context as { after(run: () => void): void }).after(() => made.commands.close());
});

interface Answered {
  status: number;
  type: string | null;
  body: Untyped;
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const type: Record<string, string> = method === 'GET' ? {} : { 'content-type': jsonApi };
  const answer = await fetch(url + path, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = text !== '' && answer.headers.get('content-type')?.includes('json');
  return { status: answer.status, type: answer.headers.get('content-type'), body: isJson ? JSON.parse(text) : text };
}

const second = (epochMs: number) => Math.floor(epochMs / 1000);

test('name, services and previews, in its own media type', async () => {
  made.opencast.views.push({
    ...{ agentId: 'a', name: 'pyca@hall', isBackup: false, inputs: ['hall'], state: 'idle', waiting: 0, contact: {} },
  });
  assert.deepEqual(await ask('GET', '/api/name'), {
    status: 200,
    type: jsonApi,
    body: { meta: { name: 'pyca@hall' } },
  });
  made.recordings.put({ state: 'recording' });
  assert.deepEqual((await ask('GET', '/api/services')).body, {
    meta: { services: { agentstate: 'busy', capture: 'busy', ingest: 'idle', schedule: 'stopped' } },
  });
  assert.deepEqual((await ask('GET', '/api/previews')).body, {
    data: [{ type: 'preview', id: '0', attributes: { id: 0 } }],
  });
});

test('a preview is a picture, or not found', async () => {
  assert.equal((await ask('GET', '/img/0')).status, 404);
  made.previews.picture = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
  const there = await ask('GET', '/img/0');
  assert.deepEqual([there.status, there.type], [200, 'image/jpeg']);
  for (const n of ['1', '-1', 'x', '00000']) assert.equal((await ask('GET', `/img/${n}`)).status, 404, n);
});

test('events: those to come in order, then those begun, the newest first, with attachments', async () => {
  const now = Date.now();
  const attachments = [{ filename: 'episode.xml', mimeType: 'application/xml', text: '<x/>' }];
  made.schedules.put([
    makeEvent('late', now + 9e6),
    makeEvent('soon', now + 5e6, { attachments, location: 'hall', properties: { a: 'b=c' } }),
  ]);
  const older = made.recordings.put({ state: 'delivered', plannedStart: now - 9e6 });
  const newer = made.recordings.put({ state: 'recorded', plannedStart: now - 5e6 });
  made.recordings.put({ state: 'cancelled' });
  made.recordings.put({ state: 'armed' });
  const { body, type } = await ask('GET', '/api/events/');
  assert.equal(type, jsonApi);
  assert.deepEqual(
    body.data.map((one: { id: string; attributes: { status: string } }) => [one.id, one.attributes.status]),
    [
      ['soon', 'upcoming'],
      ['late', 'upcoming'],
      [newer.event.uid, 'finished recording'],
      [older.event.uid, 'finished uploading'],
    ],
  );
  assert.deepEqual(body.data[0], {
    type: 'event',
    id: 'soon',
    attributes: {
      start: second(now + 5e6),
      end: second(now + 5e6 + 60_000),
      uid: 'soon',
      title: 'soon',
      data: {
        uid: 'soon',
        dtstart: second(now + 5e6),
        dtend: second(now + 5e6 + 60_000),
        summary: 'soon',
        location: 'hall',
        attach: [
          { fmttype: 'application/xml', 'x-apple-filename': 'episode.xml', data: '<x/>' },
          {
            fmttype: 'application/text',
            'x-apple-filename': 'org.opencastproject.capture.agent.properties',
            data: 'a=b=c\n',
          },
        ],
      },
      status: 'upcoming',
    },
  });
  assert.deepEqual((await ask('GET', '/api/events')).body, body, 'with or without a slash');
  assert.deepEqual((await ask('GET', '/api/events/soon')).body, { data: [body.data[0]] });
  assert.deepEqual(await ask('GET', '/api/events/nothing'), {
    status: 404,
    type: jsonApi,
    body: { errors: [{ status: 404, title: 'No event with specified uid' }] },
  });
});

test('every state has its word', async () => {
  const delivery = { deliverId: 'd', target: 't', bytesDone: 0, bytesTotal: 1, attempts: 1 };
  const lastError = { code: 'X', message: 'x' };
  for (const [fields, status] of [
    [{ state: 'recording' }, 'recording'],
    [{ state: 'finishing' }, 'recording'],
    [{ state: 'recorded', isOnHold: true }, 'paused after recording'],
    [{ state: 'recorded', isDegraded: true }, 'finished recording'],
    [{ state: 'delivering', delivery }, 'uploading'],
    [{ state: 'delivering', delivery: { ...delivery, lastError } }, 'failed uploading'],
    [{ state: 'failed' }, 'failed recording'],
    [{ state: 'skipped' }, 'failed recording'],
  ] as const) {
    const { event } = made.recordings.put(fields);
    const { body } = await ask('GET', `/api/events/${event.uid}`);
    assert.equal(body.data[0].attributes.status, status);
  }
});

test('PATCH: uploads again, moves the end of a running one, refuses the rest and changes nothing', async () => {
  const uploads: unknown[] = [];
  made.commands.register({
    verb: 'recording/upload',
    role: 'operator',
    args: z.unknown(),
    run: async (args) => uploads.push(args),
  });
  const done = made.recordings.put({ state: 'delivered' });
  const { uid } = done.event;
  const patch = (id: string, attributes: object, more: object = {}) =>
    ask('PATCH', `/api/events/${id}`, { data: [{ id, type: 'event', attributes, ...more }] });
  const again = await patch(uid, { status: 'finished recording' });
  assert.deepEqual([again.status, again.body.data[0].id], [200, uid]);
  assert.deepEqual(uploads, [{ recordingId: done.id }]);

  const running = made.recordings.put({ state: 'recording', plannedEnd: Date.now() + 60_000 });
  const end = second(running.plannedEnd) + 300;
  assert.equal((await patch(running.event.uid, { end })).body.data[0].attributes.end, end);

  for (const [attributes, more] of [
    [{ status: 'uploading' }, {}],
    [{ status: 'nonsense' }, {}],
    [{ title: 'x' }, {}],
    [{ start: 1 }, {}],
    [{ end: 1 }, {}],
    [{ status: 'finished recording', end: 1 }, {}],
    [{}, { type: 'recording' }],
    [{}, { id: 'other' }],
  ] as const) {
    assert.equal((await patch(uid, attributes, more)).status, 400, JSON.stringify([attributes, more]));
  }
  assert.equal(uploads.length, 1);
  for (const body of ['{', '[]', '{"data":{}}', '{"data":[]}']) {
    assert.equal((await ask('PATCH', `/api/events/${uid}`, body)).status, 400, body);
  }
  made.schedules.put([makeEvent('to-come', Date.now() + 9e6)]);
  assert.equal((await patch('to-come', {})).status, 404, 'recorded events only');
});

test('DELETE: 204, and 404 for what is not recorded; the files only with hard=true', async () => {
  const { recordings } = made;
  for (const [query, keepsFiles] of [
    ['', true],
    ['?hard=false', true],
    ['?hard=true', false],
  ] as const) {
    const { event } = recordings.put({ state: 'delivered' });
    assert.equal((await ask('DELETE', `/api/events/${event.uid}${query}`)).status, 204);
    assert.equal(recordings.removals.at(-1)?.keepsFiles, keepsFiles);
    assert.equal((await ask('DELETE', `/api/events/${event.uid}${query}`)).status, 404);
  }
  made.schedules.put([makeEvent('to-come', Date.now() + 9e6)]);
  assert.equal((await ask('DELETE', '/api/events/to-come')).status, 404);
  const running = recordings.put({ state: 'recording' });
  assert.equal((await ask('DELETE', `/api/events/${running.event.uid}`)).status, 409);
});

test('writes must be in its media type, whoever sends them', async () => {
  const { event } = made.recordings.put({ state: 'delivered' });
  for (const [method, path] of [
    ['PATCH', `/api/events/${event.uid}`],
    ['DELETE', `/api/events/${event.uid}`],
    ['POST', '/api/schedule'],
  ] as const) {
    const answer = await ask(method, path, method === 'DELETE' ? undefined : {}, {
      'content-type': 'application/json',
    });
    assert.equal(answer.status, 415, method);
  }
  assert.equal(made.recordings.all.size, 1);
});

test('roles: viewers look, operators work, administrators delete', async () => {
  const { event } = made.recordings.put({ state: 'delivered' });
  const as = (role: string) => ({ 'x-role': role });
  assert.equal((await ask('GET', '/api/events', undefined, as('viewer'))).status, 200);
  assert.equal((await ask('GET', '/api/logs', undefined, as('viewer'))).status, 403);
  assert.equal((await ask('POST', '/api/schedule', {}, as('viewer'))).status, 403);
  assert.equal((await ask('DELETE', `/api/events/${event.uid}`, undefined, as('operator'))).status, 403);
  assert.equal((await ask('GET', '/api/name', undefined, as('nobody'))).status, 401);
});

test('metrics of the machine, in the shape of pyCA', async () => {
  made.schedules.put([]);
  const { body, type } = await ask('GET', '/api/metrics');
  assert.equal(type, jsonApi);
  const { services, disk_usage_in_bytes: disk, memory_usage_in_bytes: memory, load, upstream } = body.meta;
  assert.deepEqual(
    services.map(({ name }: { name: string }) => name),
    ['agentstate', 'capture', 'ingest', 'schedule'],
  );
  assert.equal(disk.total, disk.used + disk.free);
  assert.deepEqual(Object.keys(memory), ['total', 'available', 'used', 'free', 'cached', 'buffers']);
  assert.ok(memory.total > memory.used && memory.used > 0);
  assert.deepEqual(Object.keys(load), ['1m', '5m', '15m']);
  assert.ok('last_synchronized' in upstream);
});

test('logs: the last lines, without secrets', async () => {
  recent.add({ level: 30, msg: 'rtsp://user:secret@camera/1 is away', timestamp: 0 });
  recent.add({ level: 50, msg: 'chatter' });
  const { body } = await ask('GET', '/api/logs');
  assert.equal(body.data[0].type, 'logs');
  const lines: string[] = body.data[0].attributes.lines;
  assert.ok(lines.at(-1)?.startsWith('1970-01-01T00:00:00.000Z WARNING '));
  assert.ok(!lines.join().includes('secret') && !lines.join().includes('chatter'));
  for (let n = 0; n < 500; n += 1) recent.add({ level: 40, msg: `line ${n}` });
  assert.equal(recent.lines().length, 200);
});

test('schedule: begins at once; 409 only for a conflict, and then nothing is begun', async () => {
  const schedule = (entry: unknown) => ask('POST', '/api/schedule', { data: [entry] });
  assert.deepEqual(await schedule({ title: 'Tutorial', duration: 60, creator: 'Ada' }), {
    status: 200,
    type: jsonApi,
    body: { data: ['Event scheduled'] },
  });
  const [recording] = made.recordings.list();
  assert.deepEqual(
    [recording?.title, (recording?.plannedEnd ?? 0) - (recording?.plannedStart ?? 0)],
    ['Tutorial', 60_000],
  );
  made.opencast.inTheWay = [{ title: 'Physics' }];
  const conflict = await schedule({ title: 'Tutorial', duration: 60, creator: 'Ada' });
  assert.deepEqual([conflict.status, conflict.body.errors[0].title], [409, 'Scheduling conflict']);
  made.opencast.inTheWay = [];
  for (const entry of [{}, { duration: 1.5 }, { duration: '60' }, { duration: 60, room: 1 }, { duration: -1 }, 'x']) {
    assert.equal((await schedule(entry)).status, 400, JSON.stringify(entry));
  }
  assert.equal((await ask('POST', '/api/schedule', { data: [] })).status, 400);
  assert.equal(made.recordings.all.size, 1);
});
