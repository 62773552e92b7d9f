import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { LiveHls } from '../fixtures/live-hls.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';

const run = promisify(execFile);
const accessKey = 'the-access-key-of-the-test';
const secretKey = 'the-secret-key-of-the-test';

let station: RunningStation;
let killed: RunningStation | undefined;
let live: LiveHls;

before(async () => {
  station = await startStation({ scenario: 'live-archive' });
  live = await LiveHls.serve(join(station.dataRoot, 'source'));
  // Longer than a restart takes on a busy machine.
  live.start({ listSize: 120 });
});

after(async () => {
  await live?.close();
  await station?.stop();
  await killed?.stop();
});

const json = { 'content-type': 'application/json' };

function body(change: object = {}) {
  const durations = { chunk_duration: 'PT4S', archive_length: 'PT1H' };
  const store = { s3_endpoint: '', s3_access_key: '', s3_secret_key: '', s3_bucket: 'bar', s3_region: 'default' };
  return { channel_url: live.url, ...durations, ...store, secure: false, ...change };
}

async function ask(method: string, path: string, given?: unknown) {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const answer = await station.api(path, { method, ...(given === undefined ? {} : { headers: json, body: text }) });
  const read = await answer.text();
  return { status: answer.status, body: read === '' ? undefined : JSON.parse(read) };
}

test('a channel is made, changed and refused as the replaced service did', async () => {
  assert.deepEqual(await ask('GET', '/api/channel/'), { status: 200, body: {} });
  assert.deepEqual(await ask('GET', '/api/job/'), { status: 200, body: {} });
  const missing = await ask('GET', '/api/channel/bar');
  assert.deepEqual([missing.status, missing.body.error], [404, 'channel not found']);

  for (const chunk_duration of ['foo', 'PT0S', '-PT5M', 'P1M']) {
    const refused = await ask('PUT', '/api/channel/bar', body({ chunk_duration }));
    assert.equal(refused.status, 422, chunk_duration);
    assert.match(refused.body.error, /^chunk_duration: /);
  }
  const source = await ask('PUT', '/api/channel/bar', body({ channel_url: 'file:///etc/passwd' }));
  assert.deepEqual([source.status, source.body.field], [422, 'channel_url']);
  const { s3_bucket: _one, secure: _two, ...some } = body();
  const fields = await ask('PUT', '/api/channel/bar', some);
  assert.deepEqual([fields.status, fields.body.error], [400, 'missing required fields: [s3_bucket, secure]']);
  for (const nonsense of ['{}', '[]', 'nonsense']) {
    const refused = await ask('PUT', '/api/channel/bar', nonsense);
    assert.deepEqual([refused.status, refused.body.error], [415, 'invalid data format, expect application/json']);
  }
  assert.equal((await ask('PUT', '/api/channel/..%2Fbar', body())).status, 422);
  assert.deepEqual((await ask('GET', '/api/channel/')).body, {}, 'nothing was kept of what was refused');

  assert.deepEqual(await ask('PUT', '/api/channel/bar', body()), {
    status: 201,
    body: { success: 'created new channel' },
  });
  assert.deepEqual(await ask('PUT', '/api/channel/bar', body()), { status: 200, body: { success: 'updated channel' } });
});

test('its chunks, their gaps and jobs; for plain curl and for a browser too', async () => {
  const keys: string[] = await until(
    async () => {
      const { body } = await ask('GET', '/api/channel/bar/archive');
      return body.length >= 3 && body;
    },
    { timeoutMs: 60_000, what: 'three chunks' },
  );
  for (const key of keys) {
    const [, day, start, end] = /^bar\/(.{10})\/(.+Z)--(.+Z)\.mp4$/.exec(key) ?? [];
    assert.equal(day, start?.slice(0, 10));
    assert.equal(Date.parse(start ?? '') % 4000, 0);
    assert.equal(Date.parse(end ?? '') - Date.parse(start ?? ''), 4000);
  }
  for (const path of ['/api/channel/bar/archive', '/api/channel/bar/archive/gaps', '/api/channel/', '/api/job/']) {
    for (const accept of ['*/*', 'text/html,application/xhtml+xml', 'application/json']) {
      const answer = await station.api(path, { headers: { accept } });
      assert.equal(answer.status, 200, `${path} ${accept}`);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    }
  }
  // The source was there before the channel, but not since the chunk's begin.
  assert.deepEqual((await ask('GET', '/api/channel/bar/archive/gaps')).body, [keys[0]]);

  const jobs = Object.values((await ask('GET', '/api/job/')).body) as Record<string, unknown>[];
  const done = jobs.find(({ state }) => state === 'completed');
  assert.deepEqual(done?.['stages'], {
    mark_chunk_in_progress: 'done',
    capture: 'done',
    s3_put: 'done',
    mark_chunk_not_in_progress: 'done',
  });
  assert.ok(keys.includes(String(done?.['chunk'])));
  assert.equal(done?.['capture_returncode'], 0);
  assert.match(String(done?.['start']), /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/);
  const id = String(done?.['id']);
  assert.deepEqual((await ask('GET', `/api/job/${id}`)).body, done);
  assert.match((await ask('GET', `/api/job/${id}/capture_log`)).body.stderr, /track main/);
  const unknown = await ask('GET', '/api/job/nothing');
  assert.deepEqual([unknown.status, unknown.body.error], [404, 'job not found']);

  const verify = await ask('POST', '/api/channel/bar/archive/verify');
  assert.equal(verify.status, 202);
  assert.equal(typeof verify.body.verify_task_id, 'string');
  assert.equal((await ask('POST', '/api/channel/bar/archive/cleanup')).status, 202);
  await until(
    async () =>
      (await ask('GET', '/api/v1/channels/bar/chunks')).body.chunks.some(
        (one: { verifiedAt?: string }) => one.verifiedAt,
      ),
    { timeoutMs: 30_000, what: 'the chunks to be verified' },
  );
});

test('keys are kept to ourselves: redacted they come, redacted they may come back', async () => {
  const store = { s3_endpoint: '127.0.0.1:9', s3_access_key: accessKey, s3_secret_key: secretKey };
  assert.equal((await ask('PUT', '/api/channel/secret', body(store))).status, 201);
  const shown = await ask('GET', '/api/channel/secret');
  assert.equal(shown.body.s3_access_key, '<REDACTED>');
  assert.equal(shown.body.s3_secret_key, '<REDACTED>');
  assert.equal(shown.body.s3_endpoint, '127.0.0.1:9');
  assert.equal((await ask('PUT', '/api/channel/secret', shown.body)).status, 200);
  assert.deepEqual((await ask('GET', '/api/channel/secret')).body, shown.body);
  const login = `http://viewer:channel-password@127.0.0.1:9/live.m3u8`;
  assert.equal((await ask('PUT', '/api/channel/secret', body({ ...store, channel_url: login }))).status, 200);
  const withLogin = await ask('GET', '/api/channel/secret');
  assert.equal((await ask('PUT', '/api/channel/secret', withLogin.body)).status, 200);
  await until(async () => (await ask('GET', '/api/v1/channels/secret')).body.trouble, {
    timeoutMs: 30_000,
    what: 'the source to be said to be away',
  });
  const answers = await Promise.all(
    ['/api/channel/', '/api/job/', '/api/v1/channels', '/api/v1/jobs', '/api/v1/status'].map(async (path) =>
      JSON.stringify((await ask('GET', path)).body),
    ),
  );
  const { stdout: processes } = await run('ps', ['axww', '-o', 'args']);
  for (const text of [...answers, station.log(), processes]) {
    for (const secret of [accessKey, secretKey, 'channel-password'])
      assert.ok(!text.includes(secret), text.slice(0, 300));
  }
  // Jobs are in the station's database; the keys are only in the archive's own, which nobody else can read.
  for (const name of readdirSync(station.dataRoot).filter((one) => one.startsWith('reelflow.sqlite'))) {
    assert.ok(!readFileSync(join(station.dataRoot, name)).includes(secretKey), name);
  }
  assert.deepEqual(await ask('DELETE', '/api/channel/secret'), { status: 200, body: { success: 'channel deleted' } });
  const gone = await ask('DELETE', '/api/channel/secret');
  assert.deepEqual([gone.status, gone.body.error], [404, 'channel does not exist']);
});

test('a runtime that is killed in the middle goes on, and leaves nothing behind', async () => {
  await station.kill9();
  const dataRoot = station.dataRoot;
  killed = station;
  station = await startStation({ dataRoot });
  const chunks = await until(
    async () => {
      const { body } = await ask('GET', '/api/v1/channels/bar/chunks');
      const complete = body.chunks.filter((one: { state: string }) => one.state === 'complete');
      return complete.length >= 6 && body.chunks;
    },
    { timeoutMs: 60_000, what: 'more chunks' },
  );
  const holes = chunks.flatMap((one: { holes: { code: string }[] }) => one.holes);
  assert.deepEqual(
    holes.filter(({ code }: { code: string }) => code !== 'BEFORE_WINDOW'),
    [],
    'the source still had it all',
  );
  const keys = chunks.flatMap((one: { objects: { key: string }[] }) => one.objects.map(({ key }) => key));
  assert.equal(new Set(keys).size, keys.length);
  const files = readdirSync(join(dataRoot, 'archive'), { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    files.filter((name) => name.endsWith('.partial')),
    [],
  );
});

test('only who may', async () => {
  const anonymous = await fetch(`${station.url}/api/channel/`);
  assert.equal(anonymous.status, 401);
  await ask('POST', '/api/v1/users', { name: 'guest', role: 'viewer', password: 'open sesame 1' });
  const guest = { authorization: `Basic ${Buffer.from('guest:open sesame 1').toString('base64')}`, ...json };
  const refused = await station.api('/api/channel/other', {
    method: 'PUT',
    headers: guest,
    body: JSON.stringify(body()),
  });
  assert.equal(refused.status, 403);
  assert.equal((await station.api('/api/channel/', { headers: guest })).status, 200);
});
