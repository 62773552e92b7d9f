import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { S3Bucket } from '../../nodes/adapters/s3/s3-bucket.ts';
import type { S3Place } from '../../nodes/core/s3/s3-place.ts';
import { logIn, openBrowser, openPage } from '../dashboard/browser.ts';
import { freePort } from '../fixtures/free-port.ts';
import { LiveHls } from '../fixtures/live-hls.ts';
import { answersOf, childrenOf, rowsOf, standingPlaces, whereIs } from '../fixtures/secret-scan.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { type SwiftS3, startSwiftS3 } from '../fixtures/swift-s3.ts';
import { until } from '../fixtures/until.ts';
import { WebhookReceiver } from '../fixtures/webhook-receiver.ts';

const chunkMs = 4000;
const never = AbortSignal.timeout(600_000);
/** Each in one place only, so that what is found says where it came from. */
const secrets = {
  'admin password': 'adm1n-passw0rd-of-the-scan',
  'access key of a store that is away': 'access-of-the-store-away',
  'secret key of a store that is away': 'secret-of-the-store-away',
  'access key that the store does not know': 'access-of-nobody',
  'secret key that is wrong': 'secret-of-nobody',
  'access key by the old interface': 'access-by-the-old-door',
  'secret key by the old interface': 'secret-by-the-old-door',
  'user of a source': 'user-of-the-source',
  'password of a source': 'passw0rd-of-the-source',
  'token of a source': 'token-of-the-source',
  'password of a source that refuses': 'passw0rd-of-the-locked-source',
  'token of a source that refuses': 'token-of-the-locked-source',
  'password of a stream': 'passw0rd-of-the-stream',
  'user of a webhook': 'user-of-the-webhook',
  'password of a webhook': 'passw0rd-of-the-webhook',
  'token of a webhook': 'token-of-the-webhook',
  'secret of a webhook': `whsec_${Buffer.from('secret-of-the-webhook-that-was-given').toString('base64')}`,
  'token of a webhook that is away': 'token-of-the-webhook-away',
} as const;

let swift: SwiftS3;
let place: S3Place;
let station: RunningStation;
let live: LiveHls;
let sourceFolder = '';
let bus: MqttClient;
let browser: Browser;
/** Takes connections and says nothing, so that a tool stays to be looked at. */
const mute = createServer();
const heard: string[] = [];
/** Shown to administrators where they look at the webhook, and nowhere else. */
const webhookPath = 'path-of-the-webhook';
/** What a webhook that was made without a secret was shown once. */
let madeSecret = '';
let receiver: WebhookReceiver;
const seen = new Map<string, string>();
const page: string[] = [];

before(async () => {
  swift = await startSwiftS3();
  place = { ...(await swift.createBucket('archive')), prefix: 'studio-1' };
  station = await startStation({
    scenario: 'live-archive',
    env: {
      REELFLOW_ADMIN_PASSWORD: secrets['admin password'],
      REELFLOW_S3_ENDPOINT: place.endpoint,
      REELFLOW_S3_BUCKET: place.bucket,
      REELFLOW_S3_PREFIX: place.prefix ?? '',
      REELFLOW_S3_ACCESS_KEY: place.accessKey,
      REELFLOW_S3_SECRET_KEY: place.secretKey,
    },
  });
  // Not in the data folder: its encoder is no tool of the station.
  sourceFolder = mkdtempSync(join(tmpdir(), 'reelflow-source-'));
  live = await LiveHls.serve(sourceFolder);
  live.start({ listSize: 180 });
  live.faults.set(/locked/, 401);
  receiver = await WebhookReceiver.open();
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  bus = await connectAsync(`mqtt://127.0.0.1:${station.mqttPort}`, { username: 'admin', password: station.password });
  bus.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString('latin1')}`));
  await bus.subscribeAsync('#', { qos: 1 });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await bus?.endAsync(true);
  await live?.close();
  if (sourceFolder !== '') rmSync(sourceFolder, { recursive: true, force: true });
  await station?.stop();
  mute.close();
  await receiver?.close();
  await swift?.stop();
});

/** The address with a login and a token, as people paste it. */
function withSecrets(address: string, user: string, password: string, token: string): string {
  return `${address.replace('//', `//${user}:${password}@`)}?quality=high&token=${token}`;
}

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await station.api(path, {
    method,
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const { status } = answer;
  seen.set(`${method} ${path} ${status} (${seen.size})`, text);
  return { status, text };
}

const ownStore = (change: object) => ({ endpoint: place.endpoint, bucket: place.bucket, prefix: 'own', ...change });

async function waitFor(what: string, path: string, words: RegExp): Promise<void> {
  await until(async () => words.test((await (await station.api(path)).text()) ?? ''), { timeoutMs: 120_000, what });
}

test('channels with secrets of every kind: some work, some fail', async () => {
  const [user, password] = [secrets['user of a source'], secrets['password of a source']];
  const sourceUrls = [withSecrets(live.url, user, password, secrets['token of a source'])];
  const locked = withSecrets(
    live.url.replace('live.', 'locked.'),
    'guest',
    secrets['password of a source that refuses'],
    secrets['token of a source that refuses'],
  );
  const away = {
    accessKey: secrets['access key of a store that is away'],
    secretKey: secrets['secret key of a store that is away'],
  };
  const wrong = {
    accessKey: secrets['access key that the store does not know'],
    secretKey: secrets['secret key that is wrong'],
  };
  const stream = `rtsp://guest:${secrets['password of a stream']}@127.0.0.1:${(mute.address() as AddressInfo).port}/x`;
  const channels: [name: string, body: object][] = [
    ['news', { sourceUrls }],
    ['away', { sourceUrls, store: ownStore({ endpoint: `http://127.0.0.1:${await freePort()}`, ...away }) }],
    ['wrong', { sourceUrls, store: ownStore(wrong) }],
    ['locked', { sourceUrls: [locked] }],
    ['stream', { sourceUrls: [stream], sourceKind: 'stream' }],
  ];
  for (const [name, body] of channels) {
    const made = await ask('PUT', `/api/v1/channels/${name}`, { chunkMs, retentionMs: 3600_000, ...body });
    assert.equal(made.status, 201, made.text);
  }
  const old = {
    ...{ channel_url: sourceUrls[0], chunk_duration: 'PT4S', archive_length: 'PT1H', secure: false },
    ...{ s3_endpoint: new URL(place.endpoint).host, s3_bucket: place.bucket, s3_region: 'us-east-1' },
    s3_access_key: secrets['access key by the old interface'],
    s3_secret_key: secrets['secret key by the old interface'],
  };
  assert.equal((await ask('PUT', '/api/channel/old', old)).status, 201);
  // Refused as well: what is said of a fault repeats nothing.
  assert.equal((await ask('PUT', '/api/channel/old', { ...old, chunk_duration: 'foo' })).status, 422);
  const bad = ownStore({ ...wrong, endpoint: `http://key:${secrets['secret key that is wrong']}@host` });
  assert.equal((await ask('PUT', '/api/v1/channels/bad', { sourceUrls, store: bad })).status, 422);
  assert.equal((await ask('PUT', '/api/v1/channels/bad', { sourceUrls: [`file://${password}@x/y`] })).status, 422);
  await ask('PUT', '/api/v1/channels/bad', { sourceUrls: password, store: { secretKey: wrong.secretKey, x: 1 } });
});

test('webhooks with secrets: one that works, one that is away, one that is refused', async () => {
  const { url } = receiver;
  const [user, password] = [secrets['user of a webhook'], secrets['password of a webhook']];
  const good = withSecrets(url.replace('/hook', `/${webhookPath}`), user, password, secrets['token of a webhook']);
  const made = await ask('POST', '/api/v1/webhooks', { url: good, secret: secrets['secret of a webhook'] });
  assert.equal(made.status, 201, made.text);
  const away = withSecrets(
    `http://127.0.0.1:${await freePort()}/`,
    'guest',
    password,
    secrets['token of a webhook that is away'],
  );
  const answer = await station.api('/api/v1/webhooks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: away }),
  });
  // The one answer that has it is not looked through.
  const shown = (await answer.json()) as { id: string; secret: string };
  madeSecret = shown.secret;
  assert.match(madeSecret, /^whsec_/);
  assert.equal((await ask('POST', '/api/v1/webhooks', { url: `ftp://${user}:${password}@host/` })).status, 422);
  assert.equal((await ask('POST', '/api/v1/webhooks', { url: good, secret: password })).status, 422);
  for (const id of [shown.id, (JSON.parse(made.text) as { id: string }).id]) {
    await ask('POST', `/api/v1/webhooks/${id}/test`);
    await ask('PATCH', `/api/v1/webhooks/${id}`, { secret: '<REDACTED>' });
  }
});

test('what was shown comes back as it was: the token stays', async () => {
  const { text } = await ask('GET', '/api/v1/channels/news');
  const { sourceUrls } = JSON.parse(text) as { sourceUrls: string[] };
  assert.match(sourceUrls[0] ?? '', /^http:\/\/\*\*\*@.*quality=high&token=\*\*\*$/);
  assert.equal((await ask('PUT', '/api/v1/channels/news', { sourceUrls })).status, 200);
  const tables = new Map([...rowsOf(station, 'archive.sqlite', [])]);
  assert.ok(tables.get('archive.sqlite: channels')?.includes(secrets['token of a source']));
});

test('the cases run: stored, store away, keys refused, source refused, a tool at a stream', async () => {
  await waitFor('chunks of news', '/api/v1/channels/news/chunks', /"complete".*"complete"/);
  await waitFor('the store that is away', '/api/v1/channels/away/chunks', /STORE_UNREACHABLE/);
  await waitFor('the keys that are wrong', '/api/v1/channels/wrong/chunks', /STORE_REFUSED/);
  await waitFor('the keys of the old interface', '/api/v1/channels/old/chunks', /STORE_REFUSED/);
  await waitFor('the source that refuses', '/api/v1/channels/locked', /"trouble"/);
  const tools = await until(
    () => {
      const children = childrenOf(station);
      return [...children.values()].some((text) => text.includes('ffmpeg') && text.includes('hls')) && children;
    },
    { timeoutMs: 60_000, what: 'a tool that reads the stream' },
  );
  for (const [where, text] of tools) seen.set(where, text);
  // FFmpeg names the address with its password when it gives up.
  const toolLog = () => [...standingPlaces(station)].find(([name]) => name.endsWith('tool.log'))?.[1] ?? '';
  await until(() => toolLog().includes('rtsp://***@'), {
    timeoutMs: 90_000,
    what: 'the log of the tool to be cleaned',
  });
  await until(() => receiver.ofType('chunk.stored').length > 0, { timeoutMs: 60_000, what: 'the webhook' });
  await waitFor('the webhook that is away', '/api/v1/status', /WEBHOOK_FAILING/);
  await ask('PUT', '/api/v1/channels/stream', { isEnabled: false });
  await until(() => [...childrenOf(station).values()].every((text) => !text.includes('hls_time')), {
    timeoutMs: 60_000,
    what: 'no tool at the stream',
  });
  const { text } = await ask('GET', '/api/v1/channels/news/chunks');
  const { chunks } = JSON.parse(text) as { chunks: { start: string; end: string; state: string }[] };
  const [chunk] = chunks.filter(({ state }) => state === 'complete').slice(-1);
  assert.ok(chunk);
  const range = `${chunk.start}--${chunk.end}`;
  for (const path of [`/archive/news/${range}.m3u8`, `/archive/news/${range}.mpd`, `/smil/news/${range}.smil`]) {
    assert.equal((await ask('GET', path)).status, 200, path);
  }
  const shared = await ask('POST', '/api/v1/shares', { channel: 'news', start: chunk.start, end: chunk.end });
  assert.equal(shared.status, 201);
  assert.equal((await ask('GET', (JSON.parse(shared.text) as { url: string }).url)).status, 200);
  await ask('GET', '/shared/nonsense/index.m3u8');
  const clip = await ask('POST', '/api/v1/clips', { channel: 'news', start: chunk.start, end: chunk.end });
  assert.ok(clip.status < 300, clip.text);
  await waitFor('the clip', '/api/v1/clips', /"completed"/);
  for (const kind of ['verify', 'cleanup', 'rebuild']) await ask('POST', `/api/v1/channels/news/${kind}`);
});

test('the pages, as a browser gets them', async () => {
  const { page: tab } = await openPage(browser);
  tab.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => page.push(payload.toString())));
  tab.on('response', (response) => {
    if (!/\.(js|css|woff2?|png|svg|mp4|m4s)(\?|$)/.test(response.url())) {
      response.text().then(
        (text) => page.push(response.url(), text),
        // A stream, or one that was left.
        () => {},
      );
    }
  });
  await logIn(tab, station, '/dashboard/archive');
  await tab.getByText('news').first().waitFor();
  await tab.getByText('locked').first().waitFor();
  page.push(await tab.content());
  assert.ok(page.some((text) => text.includes('channels')));
  await tab.context().close();
});

test('NP24 no secret is anywhere but in the stores of credentials, after all of this', async () => {
  const names = ['news', 'away', 'wrong', 'locked', 'stream', 'old'];
  const { text } = await ask('GET', '/api/v1/jobs');
  const { jobs } = JSON.parse(text) as { jobs: { id: string }[] };
  assert.ok(jobs.length > 4);
  const some = jobs.slice(0, 60).flatMap(({ id }) => [`/api/v1/jobs/${id}`, `/api/v1/jobs/${id}/log`]);
  const paths = [
    ...['status', 'webhooks', 'channels', 'jobs', 'clips', 'audit', 'alarms', 'inputs', 'users', 'tokens'].map(
      (path) => `/api/v1/${path}`,
    ),
    ...names.flatMap((name) =>
      ['', '/chunks', '/gaps', '/timeline', '/locks'].map((path) => `/api/v1/channels/${name}${path}`),
    ),
    ...names.flatMap((name) => ['', '/archive', '/archive/gaps'].map((path) => `/api/channel/${name}${path}`)),
    ...['/api/channel/', '/api/job/', '/metrics', '/health', '/dashboard/archive', '/admin/flows', '/api/v1/nothing'],
    ...jobs.slice(0, 20).map(({ id }) => `/api/job/${id}/capture_log`),
    ...some,
  ];
  const bucket = new S3Bucket(place);
  const stored: string[] = [];
  for await (const { key } of bucket.list('', never)) {
    stored.push(key);
    if (!key.endsWith('.json')) continue;
    for await (const part of await bucket.read(key, { start: 0 }, never)) stored.push(Buffer.from(part).toString());
  }
  bucket.close();
  assert.ok(stored.length > 4);
  assert.ok(heard.some((line) => line.includes('/event/chunk ')));
  const places = new Map([
    ...seen,
    ...(await answersOf(station, paths)),
    ...standingPlaces(station),
    ...childrenOf(station),
    ...rowsOf(station, 'reelflow.sqlite', []),
    ...rowsOf(station, 'archive.sqlite', ['channels', 'stores', 'webhooks']),
    ['MQTT', heard.join('\n')],
    ['pages', page.join('\n')],
    ['the object store', stored.join('\n')],
  ]);
  const all = {
    ...secrets,
    'secret of a webhook that was made': madeSecret,
    "access key of the station's store": place.accessKey,
    "secret key of the station's store": place.secretKey,
    'secret of shared links': readFileSync(join(station.dataRoot, 'access/share-secret'), 'utf8').trim(),
  };
  const found = Object.entries(all).flatMap(([what, secret]) =>
    whereIs(secret, places).map((where) => `${what}: ${where}`),
  );
  assert.deepEqual(found, []);
  const shown = whereIs(webhookPath, places).filter(
    (where) => !/^((GET|POST|PATCH) )?\/api\/v1\/webhooks|^pages$/.test(where),
  );
  assert.deepEqual(shown, []);
  assert.equal(receiver.received[0]?.path.split('?')[0], `/${webhookPath}`);
});
