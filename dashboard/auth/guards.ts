import type { AccessControl } from '../../nodes/core/access/access.ts';
import type { ServerGuard } from '../../nodes/kit/reelflow-settings.ts';
import { type AdminAuth, AdminPasses, adminGuard } from './admin-guard.ts';
import { admitter } from './admission.ts';
import { httpDoor, httpGuard, type Middleware } from './http-guard.ts';
import { serverGuard } from './server-guard.ts';
import { socketGuard } from './socket-guard.ts';

/** Everything Node-RED's settings need for the one login. */
export interface Guards {
  httpNodeAuth: Middleware;
  httpAdminMiddleware: Middleware;
  adminAuth: AdminAuth;
  ioMiddleware: ReturnType<typeof socketGuard>;
  server: ServerGuard;
}

export function makeGuards(access: AccessControl): Guards {
  const admit = admitter(access);
  const enter = httpDoor(access, admit);
  const passes = new AdminPasses(access);
  return {
    httpNodeAuth: httpGuard(enter),
    httpAdminMiddleware: adminGuard(access, enter, passes),
    adminAuth: passes.adminAuth,
    ioMiddleware: socketGuard(access, admit),
    server: serverGuard(enter, admit, passes),
  };
}
