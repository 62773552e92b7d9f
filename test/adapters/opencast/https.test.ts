import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HttpOpencast } from '../../../nodes/adapters/opencast/http-opencast.ts';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { coreSettings } from '../../fixtures/opencast-core.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const pauses = { firstMs: 50, maxMs: 50, loginMs: 50 };

async function serve(context: TestContext, { key, cert }: { key: string; cert: string }): Promise<string> {
  const server: Server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    response.end('{"services":""}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const discover = (url: string, more: object) =>
  new HttpOpencast(coreSettings(url, more), pauses).discover('org.opencastproject.ingest');

test('A48 a private authority: refused without its file, taken with it', async (context) => {
  const folder = await temporaryFolder(context);
  const made = makeCertificates(folder, 'IP:127.0.0.1');
  const url = await serve(context, made);
  await assert.rejects(discover(url, {}), { code: 'OPENCAST_TLS', message: /not trusted.*file of its authority/ });
  assert.deepEqual(await discover(url, { caFile: made.ca }), []);
  assert.deepEqual(await discover(url, { isInsecure: true }), []);
});

test('A48 a certificate for another host is refused although its authority is known', async (context) => {
  const made = makeCertificates(await temporaryFolder(context), 'DNS:other.example.org');
  const url = await serve(context, made);
  await assert.rejects(discover(url, { caFile: made.ca }), { code: 'OPENCAST_TLS' });
});

test('a missing authority file is said; put there later it is used', async (context) => {
  const folder = await temporaryFolder(context);
  const made = makeCertificates(folder, 'IP:127.0.0.1');
  const url = await serve(context, made);
  const caFile = join(folder, 'later.pem');
  const core = new HttpOpencast(coreSettings(url, { caFile }), pauses);
  await assert.rejects(core.discover('org.opencastproject.ingest'), { code: 'OPENCAST_TLS', field: 'caFile' });
  await writeFile(caFile, readFileSync(made.ca));
  assert.deepEqual(await core.discover('org.opencastproject.ingest'), []);
});
