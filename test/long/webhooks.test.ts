import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LiveHls } from '../fixtures/live-hls.ts';
import { writePastHls } from '../fixtures/past-hls.ts';
import { startPostgres } from '../fixtures/postgres.ts';
import { type RunningStation, startStation } from '../fixtures/station.ts';
import { until } from '../fixtures/until.ts';
import { WebhookReceiver } from '../fixtures/webhook-receiver.ts';

const chunkMs = 4000;

test('of a station and two workers the one that tells is killed in the middle of it: another tells all of it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reelflow-webhooks-'));
  const source = mkdtempSync(join(tmpdir(), 'reelflow-source-'));
  const postgres = await startPostgres();
  const receiver = await WebhookReceiver.open();
  const live = await LiveHls.serve(source);
  const all: RunningStation[] = [];
  t.after(async () => {
    await Promise.all(all.map((one) => one.stop()));
    await live.close();
    await receiver.close();
    await postgres.stop();
    for (const one of [folder, source]) rmSync(one, { recursive: true, force: true });
  });
  const startMs = Math.floor((Date.now() - 60_000) / chunkMs) * chunkMs;
  await writePastHls(live.folder, { startMs, seconds: 16 });
  const REELFLOW_DATABASE = await postgres.createDatabase('hooks');
  const start = async (agent: string, more: Record<string, string> = {}) => {
    const env = { REELFLOW_DATABASE, REELFLOW_AGENT: agent, ...more };
    const one = await startStation({ dataRoot: folder, scenario: 'live-archive', env });
    all.push(one);
    return one;
  };
  const station = await start('studio');
  for (const name of ['w1', 'w2']) await start(name, { REELFLOW_ROLE: 'worker' });
  const send = async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await station.api(path, { method, headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 201, await answer.text());
  };
  receiver.answer = () => {};
  await send('POST', '/api/v1/webhooks', { url: receiver.url, events: ['chunk.stored'] });
  await send('PUT', '/api/v1/channels/news', { sourceUrls: [live.url], chunkMs, retentionMs: 3600_000 });
  const stored = async () => {
    const { channels } = (await (await station.api('/api/v1/channels')).json()) as {
      channels: { archive: { chunkCount: number } }[];
    };
    return (channels[0]?.archive.chunkCount ?? 0) >= 4;
  };
  await until(stored, { what: 'four chunks', timeoutMs: 60_000 });
  const [first] = await until(() => receiver.received.length > 0 && receiver.received, {
    what: 'the first to be told',
  });
  const teller = all.find(({ pid }) => holdsPort(pid, first?.port ?? 0));
  assert.ok(teller, 'the one whose connection it is');
  t.diagnostic(`killed: ${teller === station ? 'the station' : 'a worker'}`);
  await teller.kill9();
  receiver.answer = (response) => response.writeHead(200).end();
  const killedAt = performance.now();
  const begun = receiver.received.length;
  const told = () => new Set(receiver.received.slice(begun).map(({ body: { data } }) => data['start']));
  await until(() => told().size >= 4, { what: 'all four from another', timeoutMs: 120_000 });
  t.diagnostic(`after ${Math.round((performance.now() - killedAt) / 1000)} s`);
  const ids = receiver.received.slice(begun).map(({ headers }) => headers['webhook-id']);
  assert.ok(ids.includes(first?.headers['webhook-id']), 'what was begun comes again under its id');
});

/** Whether a process has the TCP connection with this local port. */
function holdsPort(pid: number, port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const inodes = lines.map((line) => line.trim().split(/\s+/)).filter(([, local]) => local?.endsWith(`:${hex}`));
  const sockets = inodes.map((fields) => `socket:[${fields[9]}]`);
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.includes(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}
