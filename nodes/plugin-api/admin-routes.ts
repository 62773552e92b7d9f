import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { type ApiToken, ROLES, type User } from '../core/access/users.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError } from '../core/errors.ts';
import type { ApiContext } from './api-context.ts';
import { readQuery } from './input.ts';
import { iso } from './recording-json.ts';

const role = z.enum(ROLES, { error: `must be one of ${ROLES.join(', ')}` });
const text = z.string({ error: 'must be text' });
const newUser = z.strictObject({ name: text, role, password: text });
const userChange = z
  .strictObject({ role: role.optional(), password: text.optional() })
  .refine((change) => change.role !== undefined || change.password !== undefined, 'role or password must be given');
const newToken = z.strictObject({ name: text, role });
const auditQuery = z.object({
  limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(1000).default(200),
});

/** People, programs, and who did what: for administrators only. */
export function adminRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/audit',
      role: 'admin',
      handle({ query }) {
        const { limit } = readQuery(query, auditQuery);
        const entries = context.audit().list(limit);
        return { status: 200, body: { entries: entries.map((entry) => ({ ...entry, at: iso(entry.at) })) } };
      },
    },
    {
      method: 'GET',
      path: '/users',
      role: 'admin',
      handle: () => ({ status: 200, body: { users: context.access().users.list().map(userJson) } }),
    },
    {
      method: 'POST',
      path: '/users',
      role: 'admin',
      async handle(call) {
        const { name, role, password } = readArguments(newUser, await readJsonBody(call.request));
        const user = await noted(context, call, 'user/add', `${name} as ${role}`, () =>
          context.access().users.add(name, role, password),
        );
        return {
          status: 201,
          body: userJson(user),
          headers: { Location: `/api/v1/users/${encodeURIComponent(name)}` },
        };
      },
    },
    {
      method: 'PATCH',
      path: '/users/{name}',
      role: 'admin',
      async handle(call) {
        const name = needUser(context, call.params['name']).name;
        const change = readArguments(userChange, await readJsonBody(call.request));
        const { users } = context.access();
        const { role, password } = change;
        if (role !== undefined) {
          await noted(context, call, 'user/role', `${name} becomes ${role}`, () => users.setRole(name, role));
        }
        if (password !== undefined) {
          await noted(context, call, 'user/password', name, () => users.setPassword(name, password));
        }
        return { status: 200, body: userJson(needUser(context, name)) };
      },
    },
    {
      method: 'DELETE',
      path: '/users/{name}',
      role: 'admin',
      async handle(call) {
        const { name } = needUser(context, call.params['name']);
        await noted(context, call, 'user/remove', name, () => context.access().users.remove(name));
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/tokens',
      role: 'admin',
      handle: () => ({ status: 200, body: { tokens: context.access().tokens.list().map(tokenJson) } }),
    },
    {
      method: 'POST',
      path: '/tokens',
      role: 'admin',
      async handle(call) {
        const { name, role } = readArguments(newToken, await readJsonBody(call.request));
        const made = await noted(context, call, 'token/create', `${name} as ${role}`, () =>
          context.access().tokens.create(name, role),
        );
        const headers = { Location: `/api/v1/tokens/${encodeURIComponent(made.token.id)}` };
        return { status: 201, body: { ...tokenJson(made.token), secret: made.secret }, headers };
      },
    },
    {
      method: 'DELETE',
      path: '/tokens/{id}',
      role: 'admin',
      async handle(call) {
        const id = call.params['id'] ?? '';
        await noted(context, call, 'token/revoke', id, () => context.access().tokens.revoke(id));
        return { status: 204 };
      },
    },
  ];
}

/** Changes of who may come in, or is told, are in the audit log, also those that were refused. */
export async function noted<T>(
  context: ApiContext,
  call: Call,
  action: string,
  detail: string,
  run: () => T | Promise<T>,
): Promise<T> {
  const note = (isOk: boolean): void => {
    const { user, via } = call.caller;
    context.audit().append({ at: Date.now(), user, via, action, detail: detail.slice(0, 200), isOk });
  };
  try {
    const result = await run();
    note(true);
    return result;
  } catch (error) {
    note(false);
    throw error;
  }
}

function needUser(context: ApiContext, name: string | undefined): User {
  const user = context
    .access()
    .users.list()
    .find((one) => one.name === name);
  if (user) return user;
  throw new ReelflowError('USER_UNKNOWN', `there is no user "${name}"`, { field: 'name' });
}

function userJson({ name, role, createdAt, isPasswordFixed }: User) {
  return { name, role, createdAt: iso(createdAt), isPasswordFixed };
}

function tokenJson({ id, name, role, createdAt }: ApiToken) {
  return { id, name, role, createdAt: iso(createdAt) };
}
