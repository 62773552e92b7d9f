import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import type { Caller } from '../core/bus/command.ts';

/** A dashboard socket as the login left it (dashboard/auth/socket-guard.ts). */
interface Connection {
  data?: { caller?: Caller };
}

/** What Dashboard 2 puts into `msg._client`; `user` is how its own authentication plugins name it. */
interface DashboardMessage {
  _client?: { user?: { userId: string; username: string; role: string } };
}

const WELCOME_LATEST_MS = 5000;

/** Puts the login in front of the whole HTTP server, and tells nodes behind the dashboard who pressed the button. */
export default function register(red: NodeAPI): void {
  const { reelflow } = red.settings;
  if (!reelflow) return;
  reelflow.guard.protect(red.server);
  red.server.once('listening', () => {
    let isSaid = false;
    const welcome = (): void => {
      if (!isSaid) void reelflow.welcome((red.server.address() as AddressInfo).port);
      isSaid = true;
    };
    // After Node-RED's own lines, so that it is the last thing on the screen; flows that do not start must not hide it.
    red.events.once('flows:started', () => setImmediate(welcome));
    setTimeout(welcome, WELCOME_LATEST_MS).unref();
  });
  red.plugins.registerPlugin('reelflow-access', {
    type: 'node-red-dashboard-2',
    hooks: {
      onAddConnectionCredentials(connection: Connection, message: DashboardMessage): DashboardMessage {
        const caller = connection.data?.caller;
        if (!caller) return message;
        message._client = {
          ...message._client,
          user: { userId: caller.user, username: caller.user, role: caller.role },
        };
        return message;
      },
    },
  });
}
