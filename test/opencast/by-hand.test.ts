import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type StandInCore, startOpencastCore } from '../fixtures/opencast-core.ts';
import { CoreSchedule, hallFolder, removeHalls, type ShownRecording, startHalls } from '../fixtures/opencast-halls.ts';
import type { RunningStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

type Booked = ShownRecording & { booking?: { state: string; reason?: string } };

let core: StandInCore;
let station: RunningStation;
let dataRoot = '';

before(async () => {
  core = await startOpencastCore();
  dataRoot = await hallFolder([{ name: 'hall', coreUrl: core.url }]);
  station = await startHalls(dataRoot);
  await until(async () => (await core.state()).agents['hall']?.state === 'idle', { what: 'the agent at the core' });
});
after(async () => {
  await removeHalls(station, dataRoot);
  await core?.stop();
});

async function ask(path: string, body: object = {}): Promise<Booked> {
  const headers = { 'content-type': 'application/json' };
  const answer = await station.api(`/api/v1/recordings${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()) as Booked;
}

async function read(id: string): Promise<Booked> {
  return (await (await station.api(`/api/v1/recordings/${id}`)).json()) as Booked;
}

async function inState(id: string, state: string): Promise<Booked> {
  return until(
    async () => {
      const one = await read(id);
      return one.state === state ? one : undefined;
    },
    { timeoutMs: 60_000, what: `it to be ${state}` },
  );
}

test('A41 A42 started, prolonged and stopped by hand: begins at once, ends when it is told to, and is uploaded', async () => {
  const { id, state } = await ask('', { title: 'By hand', durationMs: 300_000 });
  assert.equal(state, 'recording', 'the answer says so already');
  await until(async () => (await read(id)).start !== undefined, { timeoutMs: 30_000, what: 'the first picture' });
  const before = await read(id);
  await ask(`/${id}/extend`, { byMs: 60_000 });
  assert.equal(Date.parse((await read(id)).plannedEnd) - Date.parse(before.plannedEnd), 60_000);
  await ask(`/${id}/stop`);
  const stoppedAt = Date.now();
  const done = await inState(id, 'delivered');
  assert.ok(Date.parse(done.end ?? '') < stoppedAt + 2000, `ends at ${done.end}`);
  await until(async () => (await core.state()).ingested.length === 1, { what: 'the upload' });
});

test('A41 the hall is taken at the core: recorded and uploaded all the same, and the conflict is shown as one', async () => {
  const now = Math.floor(Date.now() / 1000);
  await new CoreSchedule(core).set({
    uid: 'lecture',
    agent: 'hall',
    title: 'Lecture',
    start: now + 3600,
    end: now + 7200,
  });
  const before = (await core.state()).ingested.length;
  const { id } = await ask('', { title: 'Too long', durationMs: 2 * 3600_000, book: true });
  const shown = await until(
    async () => {
      const one = await read(id);
      return one.booking?.state === 'conflict' ? one : undefined;
    },
    { timeoutMs: 60_000, what: 'the conflict' },
  );
  assert.match(JSON.stringify(shown.booking), /Lecture/);
  await until(async () => (await read(id)).start !== undefined, { timeoutMs: 30_000, what: 'the first picture' });
  await ask(`/${id}/stop`);
  await inState(id, 'delivered');
  assert.equal((await core.state()).ingested.length, before + 1);
});
