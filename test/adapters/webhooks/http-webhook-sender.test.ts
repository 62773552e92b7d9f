import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { HttpWebhookSender } from '../../../nodes/adapters/webhooks/http-webhook-sender.ts';
import type { ReelflowError } from '../../../nodes/core/errors.ts';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const program = join(import.meta.dirname, '../../fixtures/tools/send-webhook.ts');

test('https trusts whom the system trusts, and nobody else', async (context) => {
  const { ca, key, cert } = makeCertificates(await temporaryFolder(context), 'IP:127.0.0.1');
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/s3cret-path`;
  const sent = async (env: Record<string, string>) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, url], { env: { ...process.env, ...env } });
    return stdout.trim();
  };
  assert.equal(await sent({ SSL_CERT_FILE: ca }), '202');
  assert.match(await sent({}), /^WEBHOOK_UNREACHABLE 127\.0\.0\.1:\d+ can not be reached: .*certificate/);
});

test('what goes wrong is said without path, query and login', async (context) => {
  const rude = createPlainServer((socket) => socket.end('this is no HTTP\r\n\r\n')).listen(0, '127.0.0.1');
  const cut = createPlainServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await Promise.all([once(rude, 'listening'), once(cut, 'listening')]);
  context.after(() => {
    rude.close();
    cut.close();
  });
  const sender = new HttpWebhookSender();
  const ports = [await freePort(), (rude.address() as AddressInfo).port, (cut.address() as AddressInfo).port];
  for (const port of ports) {
    const url = `http://eva:hunter2@localhost:${port}/s3cret-path?token=t0ken`;
    const refused = await sender.post(url, {}, '{}', AbortSignal.timeout(10_000)).then(
      () => assert.fail('it was taken'),
      (error: ReelflowError) => error,
    );
    assert.equal(refused.code, 'WEBHOOK_UNREACHABLE');
    assert.match(refused.message, /^localhost:\d+ can not be reached: \S/);
    assert.doesNotMatch(refused.message, /hunter2|s3cret|t0ken/);
  }
});
