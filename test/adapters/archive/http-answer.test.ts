import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { httpAnswer } from '../../../nodes/adapters/archive/live/http-answer.ts';

/** More than a reader takes unasked, less than the network holds: with this the fetch of Node 24 ends the process. */
const sizeBytes = 70_000;

test('a server that closes the connection before its answer is read ends nothing, and all of it arrives', async (t) => {
  const sent = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const head = `HTTP/1.0 200 OK\r\nContent-Length: ${sizeBytes}\r\n\r\n`;
    socket.once('data', () => {
      socket.end(Buffer.concat([Buffer.from(head), Buffer.alloc(sizeBytes, 7)]), () => sent.resolve());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live.ts`);
  const { status, body } = await httpAnswer(url, {}, AbortSignal.timeout(20_000));
  assert.equal(status, 200);
  await sent.promise;
  // What has come is handled, the end of the connection too, before anybody reads.
  for (let turns = 0; turns < 200; turns++) await turn();
  let length = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) length += piece.length;
  assert.equal(length, sizeBytes);
});
