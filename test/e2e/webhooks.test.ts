import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import { isSignedBy, WebhookReceiver } from '../fixtures/webhook-receiver.ts';

const chunkMs = 4000;
const patience = 60_000;
let dataRoot = '';
let sourceFolder = '';
let live: LiveHls;
let receiver: WebhookReceiver;
let station: RunningStation;
let startMs = 0;

before(async () => {
  dataRoot = mkdtempSync(join(tmpdir(), 'reelflow-webhooks-'));
  sourceFolder = mkdtempSync(join(tmpdir(), 'reelflow-source-'));
  live = await LiveHls.serve(sourceFolder);
  startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(live.folder, { startMs, seconds: 16 });
  receiver = await WebhookReceiver.open();
  station = await start();
});

after(async () => {
  await station?.stop();
  await live?.close();
  await receiver?.close();
  for (const folder of [dataRoot, sourceFolder]) if (folder) rmSync(folder, { recursive: true, force: true });
});

function start(): Promise<RunningStation> {
  return startStation({ scenario: 'live-archive', dataRoot });
}

async function ask(method: string, path: string, body?: unknown, token?: string) {
  const answer = await station.api(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
}

test('made over HTTP: the secret is shown once, what is redacted stays; administrators only', async () => {
  const url = `${receiver.url}?token=t0ken`;
  const made = await ask('POST', '/api/v1/webhooks', { url, events: ['chunk.stored'] });
  assert.equal(made.status, 201);
  assert.match(made.body.secret, /^whsec_/);
  const at = made.headers.get('location') ?? '';
  const { body: shown } = await ask('GET', at);
  assert.deepEqual([shown.url, shown.secret], [`${receiver.url}?token=***`, '<REDACTED>']);
  const { url: shownUrl, secret } = shown;
  const changed = await ask('PATCH', at, { url: shownUrl, secret, events: ['clip.completed'] });
  assert.deepEqual([changed.status, changed.body.events], [200, ['clip.completed']]);
  const tested = await ask('POST', `${at}/test`);
  assert.deepEqual([tested.body.state, tested.body.last.status], ['delivered', 204]);
  const [one] = receiver.received;
  assert.ok(one && (await isSignedBy(made.body.secret, one)));
  assert.equal(one.path, '/hook?token=t0ken');

  const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  assert.equal((await ask('PATCH', at, { secret: own })).body.secret, '<REDACTED>');
  await ask('POST', `${at}/test`);
  assert.ok(receiver.received[1] && (await isSignedBy(own, receiver.received[1])));
  const bad = await ask('PATCH', at, { url: 'file:///etc/passwd' });
  assert.deepEqual([bad.status, bad.body.code, bad.body.field], [422, 'WEBHOOK_INVALID', 'url']);
  const wrong = await ask('PATCH', at, { events: ['chunk.nothing'] });
  assert.deepEqual([wrong.status, wrong.body.field], [422, 'events[0]']);
  assert.equal((await ask('GET', `${at}x`)).body.code, 'WEBHOOK_UNKNOWN');

  const { body: token } = await ask('POST', '/api/v1/tokens', { name: 'panel', role: 'operator' });
  for (const path of ['/api/v1/webhooks', at, `${at}/deliveries`]) {
    assert.equal((await ask('GET', path, undefined, token.secret)).status, 403, path);
  }
  const { body: audit } = await ask('GET', '/api/v1/audit');
  const noted = audit.entries.map(({ action }: { action: string }) => action);
  assert.ok(noted.includes('webhook/add') && noted.includes('webhook/change'));
  assert.equal((await ask('DELETE', at)).status, 204);
  receiver.received.length = 0;
});

test('kill -9 between what happened and the word of it, and while it is told: it is told all the same', async () => {
  const { body: hook } = await ask('POST', '/api/v1/webhooks', { url: receiver.url });
  // Nobody answers: the first are on their way for as long as the station lives, the others wait behind them.
  receiver.answer = () => {};
  const settings = { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 };
  assert.equal((await ask('PUT', '/api/v1/channels/news', settings)).status, 201);
  const waiting = async () => (await ask('GET', `/api/v1/webhooks/${hook.id}`)).body.waiting;
  await until(async () => (await waiting()) >= 4 && receiver.received.length > 0, {
    what: 'four chunks that wait to be told',
    timeoutMs: patience,
  });
  await station.kill9();
  const begun = receiver.received.map(({ headers }) => headers['webhook-id']);
  receiver.answer = (response) => response.writeHead(200).end();
  station = await start();
  await until(async () => (await waiting()) === 0, { what: 'all to be told', timeoutMs: patience });
  const { body } = await ask('GET', `/api/v1/webhooks/${hook.id}/deliveries?state=delivered`);
  const ids = body.deliveries.map(({ id }: { id: string }) => id);
  assert.ok(
    begun.every((id) => ids.includes(id)),
    'what was begun comes again under its id',
  );
  const starts = new Set(receiver.ofType('chunk.stored').map(({ body: { data } }) => data['start']));
  for (const number of [0, 1, 2, 3]) {
    assert.ok(starts.has(new Date(startMs + number * chunkMs).toISOString()), `chunk ${number}`);
  }
});

test('a clip that is finished is told', async () => {
  const range = { start: new Date(startMs).toISOString(), end: new Date(startMs + 4000).toISOString() };
  const { body: clip } = await ask('POST', '/api/v1/clips', { channel: 'news', ...range });
  const told = () => receiver.ofType('clip.completed').filter(({ body: { data } }) => data['id'] === clip.id);
  await until(() => told().length === 1, { what: 'the clip', timeoutMs: patience });
  const data = told()[0]?.body.data;
  assert.deepEqual([data?.['state'], data?.['channel'], data?.['durationMs']], ['completed', 'news', 4000]);
  const metrics = await (await station.api('/metrics')).text();
  assert.match(metrics, /reelflow_webhook_attempts_total\{webhook="[0-9a-f]{8}",delivered="true"\} \d/);
  assert.match(metrics, /reelflow_jobs\{state="retrying"\} 0/, 'a webhook that waits for work is no job that fails');
  assert.match(metrics, /reelflow_webhook_waiting\{webhook="[0-9a-f]{8}"\} 0/);
});
