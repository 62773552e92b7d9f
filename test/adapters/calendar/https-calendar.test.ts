import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const program = join(import.meta.dirname, '../../fixtures/tools/read-calendar.ts');

test('https trusts whom the system trusts, and nobody else', async (context) => {
  const { ca, key, cert } = makeCertificates(await temporaryFolder(context), 'IP:127.0.0.1');
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    response.end('BEGIN:VCALENDAR\nEND:VCALENDAR\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/room.ics`;
  // The system's list of authorities as OpenSSL finds it.
  const read = async (env: Record<string, string>) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, url], { env: { ...process.env, ...env } });
    return stdout.trim();
  };
  assert.equal(await read({ SSL_CERT_FILE: ca }), 'BEGIN:VCALENDAR');
  assert.equal(await read({}), 'CALENDAR_UNREACHABLE');
});
