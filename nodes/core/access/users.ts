import type { Role } from '../bus/command.ts';
import { ReelflowError } from '../errors.ts';

/** From least to most. */
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

export const ADMIN = 'admin';

export interface User {
  name: string;
  role: Role;
  /** Epoch ms. */
  createdAt: number;
  /** True for `admin` while REELFLOW_ADMIN_PASSWORD is set: that variable is the password and nothing else changes it. */
  isPasswordFixed: boolean;
}

/** The people who may log in. Every change is on disk when the call returns. */
export interface UserStore {
  list(): User[];
  /** Codes: USER_EXISTS, USER_NAME_INVALID, ROLE_INVALID, PASSWORD_INVALID. */
  add(name: string, role: Role, password: string): Promise<User>;
  /** Ends the user's sessions. Codes: USER_UNKNOWN, LAST_ADMIN. */
  remove(name: string): void;
  /** Codes: USER_UNKNOWN, ROLE_INVALID, LAST_ADMIN. */
  setRole(name: string, role: Role): void;
  /** Ends the user's sessions. Codes: USER_UNKNOWN, PASSWORD_INVALID, PASSWORD_FIXED. */
  setPassword(name: string, password: string): Promise<void>;
}

/** The key of a program: shown once when it is made, only its hash is kept. */
export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  /** Epoch ms. */
  createdAt: number;
}

export interface TokenStore {
  list(): ApiToken[];
  /** `secret` is what goes behind `Authorization: Bearer`. Codes: TOKEN_NAME_INVALID, ROLE_INVALID, TOKEN_LIMIT. */
  create(name: string, role: Role): { token: ApiToken; secret: string };
  /** Codes: TOKEN_UNKNOWN. */
  revoke(id: string): void;
}

/** True when `role` may do what needs at least `least`. */
export function hasRole(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

export function checkRole(role: unknown): asserts role is Role {
  if (!ROLES.some((known) => known === role)) {
    throw new ReelflowError('ROLE_INVALID', `role must be one of ${ROLES.join(', ')}`, { field: 'role' });
  }
}

/** A user's name also stands in HTTP Basic (no colon) and in MQTT user names, so it stays plain. */
export function checkUserName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
    throw new ReelflowError(
      'USER_NAME_INVALID',
      'name must be 1 to 64 letters, digits, dots, hyphens, underscores or @, and begin with a letter or digit',
      { field: 'name' },
    );
  }
}

export const PASSWORD_RULE = '8 to 256 characters';

export function isPassword(password: unknown): password is string {
  return typeof password === 'string' && password.length >= 8 && password.length <= 256;
}

export function checkPasswordRule(password: unknown): asserts password is string {
  if (!isPassword(password)) {
    throw new ReelflowError('PASSWORD_INVALID', `password must have ${PASSWORD_RULE}`, { field: 'password' });
  }
}
