import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '../../fixtures/until.ts';
import { Client } from './fixtures/client.ts';
import { startServer, type TestServer } from './fixtures/server.ts';

const still = 'GET /preview/{camera}.jpg';
const motion = 'GET /preview/{camera}.mjpeg';
const maxViewers = 60;
let server: TestServer;
let client: Client;
/** A server that does not wait long. */
let hasty: TestServer;
const sockets: Socket[] = [];

before(async () => {
  server = await startServer({ limits: { firstPictureMs: 20_000, idleMs: 60_000, maxViewers } });
  client = new Client(server);
  hasty = await startServer({ limits: { firstPictureMs: 300, idleMs: 500 } });
});

afterEach(async () => {
  server.previews.picture = undefined;
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(() => server.http.previews.viewerCount === 0, { what: 'all viewers to be forgotten' });
});

after(() => Promise.all([server.close(), hasty.close()]));

/** A picture that says which one it is; JPEGs begin and end with these marks. */
function picture(number: number, size = 1000): Uint8Array {
  const jpeg = Buffer.alloc(size, 0x20);
  jpeg.set([0xff, 0xd8]);
  jpeg.write(`picture ${number};`, 10);
  jpeg.set([0xff, 0xd9], size - 2);
  return jpeg;
}

async function viewer(of: TestServer = server): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(Number(new URL(of.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // HTTP 1.0 has no chunks, so what comes is what was written.
  socket.write(`GET /preview/hall.mjpeg HTTP/1.0\r\n\r\n`);
  return { socket, received: () => Buffer.concat(chunks).toString('latin1') };
}

const watchers = (count: number, of: TestServer = server) =>
  until(() => of.previews.watcherCount === count, { what: `${count} watchers`, everyMs: 5 });

test('a still is the newest picture, never kept by anybody', async () => {
  server.previews.picture = picture(1);
  const response = await fetch(`${server.url}/preview/hall.jpg?t=1`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'image/jpeg');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(picture(1)));
  const head = await fetch(`${server.url}/preview/hall.jpg`, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '1000');
  assert.equal((await client.ask(still, '/preview/camera-1.jpg')).status, 200, 'by node id');
});

test('no camera and no picture are problems, not pictures', async () => {
  await client.refused(404, 'CAMERA_UNKNOWN', still, '/preview/nowhere.jpg');
  const answer = await client.refused(503, 'PREVIEW_UNAVAILABLE', still, '/preview/hall.jpg');
  assert.equal(answer.headers.get('retry-after'), '5');
  await client.refused(404, 'CAMERA_UNKNOWN', motion, '/preview/nowhere.mjpeg');
  await client.refused(401, 'UNAUTHENTICATED', still, '/preview/hall.jpg', { role: 'nobody' });
  await client.refused(401, 'UNAUTHENTICATED', motion, '/preview/hall.mjpeg', { role: 'nobody' });
});

test('a stream without a first picture ends as a problem, and nobody watches any more', async () => {
  await new Client(hasty).refused(503, 'PREVIEW_UNAVAILABLE', motion, '/preview/hall.mjpeg');
  await watchers(0, hasty);
  assert.equal(hasty.http.previews.viewerCount, 0);
});

test('a stream has one part a picture, each shown at once', async () => {
  const { received } = await viewer();
  await watchers(1);
  for (const number of [1, 2, 3]) {
    server.previews.push('hall', picture(number));
    // The boundary after a picture is what makes a browser show it.
    await until(() => received().split('--reelflow-frame\r\n').length === number + 2, { what: `picture ${number}` });
  }
  const text = received();
  assert.match(text, /^HTTP\/1.1 200 OK\r\nContent-Type: multipart\/x-mixed-replace; boundary=reelflow-frame\r\n/);
  assert.match(text, /Cache-Control: no-store/);
  assert.equal(text.match(/Content-Type: image\/jpeg\r\nContent-Length: 1000\r\n\r\n\xff\xd8/g)?.length, 3);
  assert.deepEqual(text.match(/picture \d+/g), ['picture 1', 'picture 2', 'picture 3']);
});

test('a browser reads it as documented', async () => {
  const leave = new AbortController();
  const asked = fetch(`${server.url}/preview/hall.mjpeg`, { signal: leave.signal });
  await watchers(1);
  server.previews.push('hall', picture(1));
  const response = await asked;
  client.contract.check(motion, response.status, response.headers.get('content-type'), undefined);
  leave.abort();
  await watchers(0);
});

test('50 viewers that leave at once, in the middle of a picture, leave nothing behind', async () => {
  const viewers = await Promise.all(Array.from({ length: 50 }, () => viewer()));
  await watchers(50);
  assert.equal(server.http.previews.viewerCount, 50);
  for (let number = 0; number < 5; number += 1) server.previews.push('hall', picture(number, 300_000));
  await until(() => viewers.every(({ received }) => received().length > 0), { what: 'pictures' });
  for (const { socket } of viewers) socket.destroy();
  await watchers(0);
  await until(() => server.http.previews.viewerCount === 0, { what: 'no viewer' });
  server.previews.push('hall', picture(9));
});

test('viewers that leave before the first picture leave nothing behind either', async () => {
  const viewers = await Promise.all(Array.from({ length: 10 }, () => viewer()));
  await watchers(10);
  for (const { socket } of viewers) socket.destroy();
  await watchers(0);
});

test('a slow viewer gets fewer pictures, whole ones, and costs one picture of memory', async () => {
  const { socket, received } = await viewer();
  await watchers(1);
  server.previews.push('hall', picture(0));
  await until(() => received().includes('picture 0;'), { what: 'the first picture' });
  socket.pause();
  // What is still held, not what nobody has cleared away yet.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let number = 1; number <= 300; number += 1) {
    server.previews.push('hall', picture(number, 400_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  collect();
  assert.ok(process.memoryUsage().arrayBuffers - before < 100 * 400_000, 'not gathered for it');
  socket.resume();
  await until(
    () => {
      server.previews.push('hall', picture(999));
      return received().includes('picture 999;');
    },
    { what: 'the newest picture' },
  );
  const seen = received().match(/picture \d+;/g) ?? [];
  assert.ok(seen.length < 250, `${seen.length} pictures`);
  const parts = received().split('--reelflow-frame\r\n').slice(1, -1);
  for (const part of parts.filter((one) => one.includes('Content-Length'))) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const length = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
    assert.equal(rest.join('\r\n\r\n').length, length + 2, 'a whole picture and the line end');
  }
});

test('a viewer that sleeps, or whose camera is gone, is sent away', async () => {
  const { socket } = await viewer(hasty);
  const isClosed = once(socket, 'close');
  await watchers(1, hasty);
  hasty.previews.push('hall', picture(1));
  await isClosed;
  await watchers(0, hasty);
});

test('more viewers than the limit are asked to wait', async () => {
  await Promise.all(Array.from({ length: maxViewers }, () => viewer()));
  await watchers(maxViewers);
  await client.refused(503, 'TOO_MANY_VIEWERS', motion, '/preview/hall.mjpeg');
});

test('HEAD of a stream is refused instead of never ending', async () => {
  const response = await fetch(`${server.url}/preview/hall.mjpeg`, { method: 'HEAD' });
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET']);
});
