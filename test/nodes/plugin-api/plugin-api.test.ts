import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NodeAPI } from 'node-red';
import type { Incoming } from '../../../nodes/adapters/http/router.ts';
import { provideStation } from '../../../nodes/kit/station.ts';
import register from '../../../nodes/plugin-api/plugin-api.ts';
import { makeStation } from './fixtures/station.ts';

type ExpressApp = ((request: IncomingMessage, response: ServerResponse) => void) & {
  use(...handlers: unknown[]): void;
};

/** The Express that Node-RED's own HTTP nodes run on. */
function nodeRedsExpress(): () => ExpressApp {
  const nodeRed = createRequire(import.meta.url).resolve('node-red');
  return createRequire(nodeRed)('express') as () => ExpressApp;
}

test('mounts on the Express of Node-RED, and finds the station whenever it comes', async (t) => {
  const express = nodeRedsExpress();
  const httpNode = express();
  const app = express();
  app.use((request: Incoming, _response: ServerResponse, next: () => void) => {
    request.caller = { user: 'operator', role: 'operator', via: 'http' };
    next();
  });
  app.use('/', httpNode);
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  register({ httpNode, settings: {}, log } as unknown as NodeAPI);
  httpNode.use('/api/v1/mine', () => assert.fail('our part of the addresses is ours'));
  httpNode.use('/api/mine', (_request: Incoming, response: ServerResponse) => response.end("a flow's own route"));

  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dataRoot = await mkdtemp(join(tmpdir(), 'reelflow-plugin-api-'));
  t.after(async () => {
    provideStation(undefined);
    server.closeAllConnections();
    server.close();
    await rm(dataRoot, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  assert.equal((await fetch(`${url}/api/v1/status`)).status, 503);
  const { station, recordings, previews, commands } = makeStation(dataRoot);
  t.after(() => commands.close());
  provideStation(station);
  assert.equal((await fetch(`${url}/api/v1/status`)).status, 200);

  const posted = await fetch(`${url}/api/v1/recordings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'through Express' }),
  });
  assert.equal(posted.status, 201);
  assert.equal(recordings.list()[0]?.title, 'through Express');

  previews.picture = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
  assert.equal((await fetch(`${url}/preview/hall.jpg`)).status, 200);

  const unknown = await fetch(`${url}/api/v1/mine?x=1`);
  assert.equal(unknown.status, 404);
  assert.equal(((await unknown.json()) as { instance: string }).instance, '/api/v1/mine');
  assert.equal((await fetch(`${url}/media/recordings/x/y.mp4`)).status, 404);
  assert.equal(await (await fetch(`${url}/api/mine`)).text(), "a flow's own route");
});
