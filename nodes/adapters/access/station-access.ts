import { join } from 'node:path';
import type { AccessControl, Identity, SessionCookie } from '../../core/access/access.ts';
import type { AuditEntry } from '../../core/access/audit.ts';
import { LoginThrottle } from '../../core/access/login-throttle.ts';
import { ADMIN } from '../../core/access/users.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { AccessFile, type UserRecord } from './access-file.ts';
import { FileTokens } from './file-tokens.ts';
import { FileUsers } from './file-users.ts';
import { hashPassword, makePassword, PasswordChecksBusy, unmatchedHash, verifyPassword } from './password-hash.ts';
import { keptSecret } from './private-file.ts';
import { RememberedPasswords } from './remembered-passwords.ts';
import { type Session, SignedSessions } from './signed-sessions.ts';

export interface StationAccessOptions {
  /** Folder of users.json, session-secret and ended-sessions.json; made 0700. */
  folder: string;
  /** REELFLOW_ADMIN_PASSWORD: it is the password, whatever was kept. */
  adminPassword?: string | undefined;
  monotonicMs?: () => number;
}

/** AccessControl on files in the data folder. */
export class StationAccess implements AccessControl {
  /** The admin password made just now, to be shown once `settled`; undefined when there was one. */
  readonly madePassword: string | undefined;
  /**
   * The admin's password counts from here on: hashing it takes as long as a good part of the start, and runs beside it.
   * Until then nobody is the admin. Rejects when it cannot be kept.
   */
  readonly settled: Promise<void>;
  readonly users: FileUsers;
  readonly tokens: FileTokens;
  readonly #file: AccessFile;
  readonly #sessions: SignedSessions;
  readonly #throttle: LoginThrottle;
  readonly #remembered: RememberedPasswords;
  readonly #checking = new Map<string, Promise<Identity | undefined>>();
  readonly #listeners = new Set<(entry: AuditEntry) => void>();
  /** Checked for unknown users, so that they take as long as known ones. */
  readonly #nobody = unmatchedHash();
  #isSettled: boolean;

  constructor(options: StationAccessOptions) {
    const monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#file = new AccessFile(join(options.folder, 'users.json'));
    const hasAdmin = this.#file.record.users.some(({ name }) => name === ADMIN);
    this.#isSettled = hasAdmin && options.adminPassword === undefined;
    this.madePassword = hasAdmin || options.adminPassword !== undefined ? undefined : makePassword();
    this.settled = settleAdmin(this.#file, options.adminPassword ?? this.madePassword).then(() => {
      this.#isSettled = true;
    });
    // Told to whoever waits for it.
    this.settled.catch(() => {});
    this.users = new FileUsers(this.#file, options.adminPassword !== undefined);
    this.tokens = new FileTokens(this.#file);
    this.#throttle = new LoginThrottle({ monotonicMs });
    this.#remembered = new RememberedPasswords(monotonicMs);
    this.#sessions = new SignedSessions({
      secret: keptSecret(join(options.folder, 'session-secret')),
      endedPath: join(options.folder, 'ended-sessions.json'),
    });
  }

  get sessionCookieName(): string {
    return this.#sessions.cookieName;
  }

  async checkPassword(user: string, password: string, from: string): Promise<Identity | undefined> {
    // Longer ones cannot be right; hashing them would only be work.
    if (user.length > 256 || password.length > 1024) return undefined;
    await this.settled;
    const digest = this.#remembered.digest(user, password);
    const known = this.#user(user);
    if (known && this.#remembered.has(digest, known.generation)) return identityOf(known);
    // A page or a program opens several connections at once: one check serves them all, and counts once.
    const key = `${from} ${digest}`;
    const checking = this.#checking.get(key);
    if (checking) return checking;
    const check = this.#check(user, password, from, digest).finally(() => this.#checking.delete(key));
    this.#checking.set(key, check);
    return check;
  }

  checkToken(token: string): Identity | undefined {
    return this.tokens.check(token);
  }

  checkSession(cookieHeader: string | undefined): Identity | undefined {
    const session = this.#session(cookieHeader);
    return session && identityOf(session.user);
  }

  lockedForMs(user: string, from: string): number {
    return this.#throttle.lockedForMs(user, from);
  }

  openSession(identity: Identity): SessionCookie {
    this.#tell(identity.user, 'login', '', true);
    return this.#sessions.open(identity.user, this.#user(identity.user)?.generation ?? 0);
  }

  renewSession(cookieHeader: string | undefined): SessionCookie | undefined {
    const session = this.#session(cookieHeader);
    return session && this.#sessions.renew(session.session);
  }

  closeSession(cookieHeader: string | undefined): void {
    const session = this.#session(cookieHeader);
    if (!session) return;
    this.#sessions.end(session.session);
    this.#tell(session.user.name, 'logout', '', true);
  }

  watch(listener: (entry: AuditEntry) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #check(user: string, password: string, from: string, digest: string): Promise<Identity | undefined> {
    if (this.#throttle.attempt(user, from) > 0) return undefined;
    const generation = this.#user(user)?.generation;
    const isRight = await this.#isRight(password, this.#user(user)?.hash ?? this.#nobody);
    const now = this.#user(user);
    if (!isRight || !now || now.generation !== generation) {
      this.#tell(user.slice(0, 64), 'login-failed', `from ${from}`, false);
      return undefined;
    }
    this.#throttle.succeeded(user, from);
    this.#remembered.add(digest, now.generation);
    return identityOf(now);
  }

  async #isRight(password: string, hash: string): Promise<boolean> {
    try {
      return await verifyPassword(password, hash);
    } catch (error) {
      if (error instanceof PasswordChecksBusy) return false;
      throw error;
    }
  }

  #session(cookieHeader: string | undefined): { session: Session; user: UserRecord } | undefined {
    const session = this.#sessions.read(cookieHeader);
    const user = session && this.#user(session.user);
    return session && user && user.generation === session.generation ? { session, user } : undefined;
  }

  #user(name: string): UserRecord | undefined {
    if (name === ADMIN && !this.#isSettled) return undefined;
    return this.#file.record.users.find((user) => user.name === name);
  }

  #tell(user: string, action: string, detail: string, isOk: boolean): void {
    for (const listener of this.#listeners) {
      try {
        listener({ at: Date.now(), user, via: 'login', action, detail, isOk });
      } catch (error) {
        // A log that cannot be written, on a full disk say, must not keep people out.
        process.emitWarning(`the audit log did not take "${action}": ${String(error)}`);
      }
    }
  }
}

const identityOf = (user: UserRecord): Identity => ({ user: user.name, role: user.role });

/** Makes sure that there is an admin with this password, or with the one that is kept. */
async function settleAdmin(file: AccessFile, password: string | undefined): Promise<void> {
  const find = () => file.record.users.find((user) => user.name === ADMIN);
  const kept = find()?.hash;
  if (password === undefined || (kept !== undefined && (await verifyPassword(password, kept)))) return;
  const hash = await hashPassword(password);
  const admin = find();
  if (admin) {
    admin.hash = hash;
    admin.generation += 1;
  } else {
    const now = Date.now();
    file.record.users.unshift({ name: ADMIN, role: 'admin', hash, generation: now, createdAt: now });
  }
  file.save();
}
