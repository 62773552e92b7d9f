import {
  ADMIN,
  checkPasswordRule,
  checkRole,
  checkUserName,
  type User,
  type UserStore,
} from '../../core/access/users.ts';
import type { Role } from '../../core/bus/command.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { AccessFile, UserRecord } from './access-file.ts';
import { hashPassword } from './password-hash.ts';

/** UserStore on the access file. */
export class FileUsers implements UserStore {
  readonly #file: AccessFile;
  readonly #isAdminPasswordFixed: boolean;

  constructor(file: AccessFile, isAdminPasswordFixed: boolean) {
    this.#file = file;
    this.#isAdminPasswordFixed = isAdminPasswordFixed;
  }

  list(): User[] {
    return this.#file.record.users.map((user) => this.#shown(user));
  }

  async add(name: string, role: Role, password: string): Promise<User> {
    checkUserName(name);
    checkRole(role);
    checkPasswordRule(password);
    this.#refuseTaken(name);
    const hash = await hashPassword(password);
    this.#refuseTaken(name);
    const user: UserRecord = { name, role, hash, generation: Date.now(), createdAt: Date.now() };
    this.#file.record.users.push(user);
    this.#file.save();
    return this.#shown(user);
  }

  remove(name: string): void {
    const user = this.#known(name);
    this.#keepAnAdmin(user);
    this.#file.record.users.splice(this.#file.record.users.indexOf(user), 1);
    this.#file.save();
  }

  setRole(name: string, role: Role): void {
    checkRole(role);
    const user = this.#known(name);
    if (role !== 'admin') this.#keepAnAdmin(user);
    user.role = role;
    this.#file.save();
  }

  async setPassword(name: string, password: string): Promise<void> {
    checkPasswordRule(password);
    this.#known(name);
    if (name === ADMIN && this.#isAdminPasswordFixed) {
      throw new ReelflowError(
        'PASSWORD_FIXED',
        'REELFLOW_ADMIN_PASSWORD is the password of admin; change it there and start again',
        { field: 'password' },
      );
    }
    const hash = await hashPassword(password);
    const user = this.#known(name);
    user.hash = hash;
    user.generation += 1;
    this.#file.save();
  }

  #shown({ name, role, createdAt }: UserRecord): User {
    return { name, role, createdAt, isPasswordFixed: name === ADMIN && this.#isAdminPasswordFixed };
  }

  #known(name: string): UserRecord {
    const user = this.#file.record.users.find((one) => one.name === name);
    if (!user) throw new ReelflowError('USER_UNKNOWN', `there is no user ${JSON.stringify(name)}`, { field: 'name' });
    return user;
  }

  #refuseTaken(name: string): void {
    if (!this.#file.record.users.some((user) => user.name.toLowerCase() === name.toLowerCase())) return;
    throw new ReelflowError('USER_EXISTS', `there is a user ${name} already`, { field: 'name' });
  }

  /** The user `admin` is what REELFLOW_ADMIN_PASSWORD and the documentation speak of, and nobody may lock everybody out. */
  #keepAnAdmin(user: UserRecord): void {
    if (user.name !== ADMIN) return;
    throw new ReelflowError('LAST_ADMIN', 'the user admin stays, and stays an administrator', { field: 'name' });
  }
}
