import type { IncomingMessage } from 'node:http';
import type { AccessControl } from '../../nodes/core/access/access.ts';
import { header } from '../../nodes/core/access/request-head.ts';
import { isSameOrigin } from '../../nodes/core/access/same-origin.ts';
import type { Caller } from '../../nodes/core/bus/command.ts';
import type { Admit } from './admission.ts';

/** The part of socket.io's Socket that the dashboard's door needs. */
export interface DashboardSocket {
  request: IncomingMessage;
  data: { caller?: Caller };
  use(check: (packet: unknown[], next: (error?: Error) => void) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  disconnect(isClosed: boolean): unknown;
}

/** What a page sends that only shows something. All else acts, and a viewer may not. */
const SHOWING = ['widget-load', 'ui-control', 'ui-event'];

const RECHECK_MS = 30_000;

/**
 * For `dashboard.ioMiddleware`. Leaves the caller at `socket.data.caller`, and ends the socket when the session it was
 * opened with ends, so that a logout or a removed user counts for open pages too.
 */
export function socketGuard(access: AccessControl, admit: Admit) {
  return (socket: DashboardSocket, next: (error?: Error) => void): void => {
    const { request } = socket;
    admit(request).then((admission) => {
      if (admission.kind !== 'in' || !isSameOrigin(request, false)) {
        next(new Error('LOGIN_REQUIRED'));
        return;
      }
      socket.data.caller = admission.caller;
      if (admission.by === 'session') watchSession(access, socket);
      // Refusing a packet below is an `error` event, which socket.io prints where nobody listens.
      socket.on('error', () => {});
      socket.use(([event, ...args], pass) => {
        // Who a message is from says the server (plugin-access), never the page.
        for (const arg of args) if (typeof arg === 'object' && arg !== null) Reflect.deleteProperty(arg, '_client');
        const isAllowed = socket.data.caller?.role !== 'viewer' || SHOWING.includes(String(event));
        pass(isAllowed ? undefined : new Error('OPERATOR_REQUIRED'));
      });
      next();
    }, next);
  };
}

function watchSession(access: AccessControl, socket: DashboardSocket): void {
  const check = (): boolean => {
    const identity = access.checkSession(header(socket.request, 'cookie'));
    if (!identity) {
      socket.disconnect(true);
      return false;
    }
    socket.data.caller = { ...identity, via: 'dashboard' };
    return true;
  };
  socket.use((_packet, pass) => pass(check() ? undefined : new Error('LOGIN_REQUIRED')));
  const timer = setInterval(check, RECHECK_MS).unref();
  socket.once('disconnect', () => clearInterval(timer));
}
