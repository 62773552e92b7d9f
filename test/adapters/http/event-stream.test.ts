import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { EventStream } from '../../../nodes/adapters/http/event-stream.ts';
import { until } from '../../fixtures/until.ts';

const options = { slowBytes: 32 * 1024, maxBufferedBytes: 256 * 1024, retryMs: 3000 };
const cleanup: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanup.splice(0)) clean();
});

/** A stream and the raw connection at its other end, which reads only when it is told to. */
async function connected(): Promise<{ stream: EventStream; socket: Socket }> {
  const answered = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => answered.resolve(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  cleanup.push(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { stream: new EventStream(await answered.promise, options), socket };
}

function gather(socket: Socket): () => string {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

test('writes events as the standard has them', async () => {
  const { stream, socket } = await connected();
  const received = gather(socket);
  stream.send('recording', { title: 'two\nlines' });
  stream.sendIfQuick('progress', [1]);
  stream.beat();
  const text = await until(() => received().includes('\n:\n\n') && received(), { what: 'the events' });
  assert.match(text, /^HTTP\/1.1 200 OK\r\nContent-Type: text\/event-stream\r\nCache-Control: no-store\r\n/);
  assert.ok(text.includes('retry: 3000\n\n'));
  assert.ok(text.includes('event: recording\ndata: {"title":"two\\nlines"}\n\n'));
  assert.ok(text.includes('event: progress\ndata: [1]\n\n'));
});

test('a slow listener misses what may be dropped, and nothing else', async () => {
  const { stream, socket } = await connected();
  socket.pause();
  let dropped = 0;
  // The system's own buffers take some megabytes before anything is left with us.
  for (let index = 0; index < 4000 && dropped === 0; index += 1) {
    const before = stream.bufferedBytes;
    stream.sendIfQuick('progress', 'x'.repeat(4096));
    if (before > options.slowBytes && stream.bufferedBytes === before) dropped += 1;
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(dropped, 1, 'progress is dropped at last');
  stream.send('recording', { id: 'kept' });
  assert.ok(stream.isOpen);
  const received = gather(socket);
  socket.resume();
  await until(() => received().includes('"kept"'), { what: 'the event that must not be lost' });
});

test('a listener that never reads is sent away before it costs memory', async () => {
  const { stream, socket } = await connected();
  socket.pause();
  let isClosed = false;
  stream.onClose(() => {
    isClosed = true;
  });
  await until(
    () => {
      for (let index = 0; index < 100; index += 1) stream.send('recording', 'x'.repeat(4096));
      assert.ok(stream.bufferedBytes <= options.maxBufferedBytes + 8192);
      return isClosed;
    },
    { what: 'the listener to be sent away', everyMs: 5 },
  );
  assert.equal(stream.isOpen, false);
  stream.send('recording', 'after its end');
});
