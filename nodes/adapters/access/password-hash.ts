import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * scrypt (RFC 7914) with the second row of OWASP's password storage cheat sheet: 16 MiB, about a tenth of a second. Not
 * bcrypt, because Node runs scrypt on its thread pool, while bcrypt in JavaScript stops the event loop for as long; and
 * every stranger on the network may ask for a password check.
 */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const KEY_BYTES = 32;

/** At most this many at once: each takes a thread that file access needs as well. */
const AT_ONCE = 2;
/** Beyond this many waiting, a check is refused unseen. */
const WAITING = 64;

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return format(salt, await derive(password, salt, COST));
}

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = parse(hash);
  if (!parts) return false;
  return timingSafeEqual(await derive(password, parts.salt, parts.cost), parts.key);
}

/** The hash of no password: takes as long to check as any other. */
export function unmatchedHash(): string {
  return format(randomBytes(16), randomBytes(KEY_BYTES));
}

/** Sixteen letters and digits that cannot be mistaken for each other, in groups of four: 79 bits. */
export function makePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = (): string => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

const maxmem = 64 * 2 ** 20;

interface Parts {
  cost: ScryptOptions;
  salt: Buffer;
  key: Buffer;
}

const format = (salt: Buffer, key: Buffer): string =>
  ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');

function parse(hash: string): Parts | undefined {
  const [, N, r, p, salt, key] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]{43})$/.exec(hash) ?? [];
  if (!salt || !key) return undefined;
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

let running = 0;
const queue: (() => void)[] = [];

async function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  if (running >= AT_ONCE) {
    if (queue.length >= WAITING) throw new PasswordChecksBusy('too many logins at once');
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFC'), salt, KEY_BYTES, { ...cost, maxmem }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  } finally {
    running -= 1;
    queue.shift()?.();
  }
}

/** More checks are waiting than anybody would wait for. */
export class PasswordChecksBusy extends Error {}
