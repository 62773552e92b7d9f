import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathOf } from '../../nodes/core/access/request-head.ts';
import type { Caller } from '../../nodes/core/bus/command.ts';
import type { ServerGuard } from '../../nodes/kit/reelflow-settings.ts';
import type { AdminPasses } from './admin-guard.ts';
import type { Admit } from './admission.ts';
import type { Enter } from './http-guard.ts';

/** MQTT over WebSocket logs in by its CONNECT packet, as over TCP; the broker sees to it. */
const MQTT_PATH = '/mqtt';
const EDITOR_SOCKET = '/admin/comms';

/**
 * Guards the server itself rather than one handler of it. Express middleware is not enough: the dashboard's socket.io
 * takes its requests off the server before Express sees them, answers a stranger's handshake with a session id, and
 * WebSocket upgrades never come to Express at all. All of them are events of the server, so the events wait here until
 * the door is open.
 */
export function serverGuard(enter: Enter, admit: Admit, passes: AdminPasses): ServerGuard {
  return {
    protect(server: Server): void {
      const emit = server.emit.bind(server);
      server.emit = (event: string, ...args: unknown[]): boolean => {
        if (event === 'request' || event === 'checkContinue' || event === 'checkExpectation') {
          const [request, response] = args as [IncomingMessage, ServerResponse];
          enter(request, response).then(
            (isIn) => {
              // Who went away meanwhile has no use for an answer, and its handler would wait for a `close` long past.
              if (isIn && !request.socket.destroyed) emit(event, request, response);
            },
            () => request.socket.destroy(),
          );
          return true;
        }
        if (event === 'upgrade') {
          const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer];
          // An upgraded socket has no error listener until somebody takes it, and an error would end the process.
          const ignore = (): void => {};
          socket.on('error', ignore);
          mayUpgrade(request, admit, passes, socket).then(
            (isIn) => {
              if (!isIn) {
                socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
              } else if (!socket.destroyed) {
                emit(event, request, socket, head);
                socket.off('error', ignore);
              }
            },
            () => socket.destroy(),
          );
          return true;
        }
        return emit(event, ...args);
      };
    },
  };
}

async function mayUpgrade(
  request: IncomingMessage & { caller?: Caller },
  admit: Admit,
  passes: AdminPasses,
  socket: Duplex,
): Promise<boolean> {
  const path = pathOf(request);
  if (path === MQTT_PATH) return true;
  const admission = await admit(request);
  if (admission.kind !== 'in') return false;
  request.caller = admission.caller;
  if (path !== EDITOR_SOCKET) return true;
  if (admission.caller.role !== 'admin') return false;
  if (admission.by !== 'session') socket.once('close', passes.lend(request, admission.caller));
  return true;
}
