import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { MediaMtx } from '../../../nodes/adapters/restream/media-mtx.ts';
import { startMediaMtx } from '../../fixtures/media-mtx-server.ts';

for (const age of ['new', 'old'] as const) {
  test(`RS20 paths are set up, changed, read and removed (a server with ${age} names)`, async (t) => {
    const server = await startMediaMtx(age);
    t.after(() => server.stop());
    const camera = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    t.after(() => camera.close());
    await new Promise((resolve) => camera.once('listening', resolve));
    const { port } = camera.address() as { port: number };
    const source = `rtsp://u:s3cret@127.0.0.1:${port}/x`;
    const api = new MediaMtx(server.apiUrl);
    const config = { source, rtspTransport: 'tcp', sourceOnDemand: false } as const;

    await api.add('site/cam 1', config);
    assert.equal((await api.configured()).get('site/cam 1')?.['source'], source);
    const path = (await api.paths()).get('site/cam 1');
    assert.equal(path?.isOnline, true);
    assert.deepEqual(path?.tracks, ['H264']);
    assert.ok(path.inboundBytes > 0);
    await assert.rejects(api.add('site/cam 1', config), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'MEDIA_SERVER_REFUSED');
      assert.match(error.message, /path already exists/);
      return true;
    });
    await api.patch('site/cam 1', { ...config, rtspTransport: 'udp' });
    assert.equal((await api.configured()).get('site/cam 1')?.['rtspTransport'], 'udp');
    await api.remove('site/cam 1');
    await api.remove('site/cam 1');
    assert.equal((await api.configured()).size, 0);
  });
}

test('a server that is away is an error without the login of its address', async () => {
  const api = new MediaMtx('http://admin:s3cret@127.0.0.1:1/');
  await assert.rejects(api.paths(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'MEDIA_SERVER_AWAY');
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /s3cret/);
    return true;
  });
});

test('a server that closes its connections in the middle of an answer is away, and ends nothing', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"pageCount":'));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const api = new MediaMtx(`http://127.0.0.1:${port}`);
  for (let at = 0; at < 20; at += 1) await assert.rejects(api.paths(), { code: 'MEDIA_SERVER_AWAY' });
});
