import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { httpAnswer } from '../../../nodes/adapters/archive/hls/http-answer.ts';

const sizeBytes = 2 * 1024 * 1024;

test('a server that closes the connection behind its answer ends nothing, however slowly it is read', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.end(
        Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n'), Buffer.alloc(sizeBytes, 7)]),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live.ts`);
  const { status, body } = await httpAnswer(url, {}, AbortSignal.timeout(20_000));
  assert.equal(status, 200);
  let length = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    length += piece.length;
    // Slower than the network: the rest, and the end of the connection, wait meanwhile.
    await delay(5);
  }
  assert.equal(length, sizeBytes);
});
