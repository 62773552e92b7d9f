import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { pathOf } from '../../core/access/request-head.ts';
import type { Dispose } from '../../core/time/clock.ts';

const path = '/mqtt';
const largestFrameBytes = 1024 * 1024 + 1024;

/**
 * MQTT over WebSocket on an HTTP server (MQTT 3.1.1 section 6). Upgrades to other paths are left to others.
 * Express never sees upgrades, so who connects is checked by the broker, as over TCP.
 */
export function openWebSocketDoor(server: Server, enter: (stream: Duplex, request: IncomingMessage) => void): Dispose {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestFrameBytes,
    // Compressing what is already small or a JPEG costs memory for each client.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false),
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (pathOf(request) !== path) return;
    request.socket.setNoDelay(true);
    request.socket.setKeepAlive(true, 30_000);
    sockets.handleUpgrade(request, socket, head, (webSocket) => enter(createWebSocketStream(webSocket), request));
  };
  server.on('upgrade', upgrade);
  return () => {
    server.off('upgrade', upgrade);
    sockets.close();
  };
}

/** For a station whose broker is elsewhere: says so instead of letting the client wait. */
export function refuseWebSockets(server: Server): Dispose {
  const upgrade = (request: IncomingMessage, socket: Duplex): void => {
    if (pathOf(request) !== path) return;
    socket.on('error', () => {});
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  };
  server.on('upgrade', upgrade);
  return () => server.off('upgrade', upgrade);
}
