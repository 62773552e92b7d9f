import { readdir, readlink } from 'node:fs/promises';
import { execa } from 'execa';
import type { Clock } from '../../core/time/clock.ts';
import { toolEnvironment } from '../process/tool-environment.ts';

const everyMs = 10_000;
const patienceMs = 5000;

/** What a stream is measured by. */
export type Direction = 'sent' | 'received';

type Counts = Record<Direction, number>;

interface Metered {
  /** Sockets of the process; found at its first look, it keeps them until its end. */
  inodes: Set<string> | undefined;
  bytes: (Counts & { atMs: number }) | undefined;
}

/**
 * How many bytes processes have sent and received over TCP. FFmpeg does not count what it sends by RTSP, the kernel does: `ss` (iproute2)
 * tells for all sockets at once, every ten seconds: to start a program costs more than all the looks in between. Where there is no `ss` there are no figures.
 */
export class SocketMeter {
  readonly #clock: Clock;
  readonly #processes = new Map<number, Metered>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #isMissing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The last known count; undefined until the kernel was asked. */
  read(pid: number, direction: Direction): { total: number; atMs: number } | undefined {
    let metered = this.#processes.get(pid);
    if (!metered) {
      metered = { inodes: undefined, bytes: undefined };
      this.#processes.set(pid, metered);
    }
    if (!this.#isMissing && !this.#isAsking && this.#clock.monotonicMs() - this.#askedMs >= everyMs) void this.#ask();
    return metered.bytes && { total: metered.bytes[direction], atMs: metered.bytes.atMs };
  }

  forget(pid: number): void {
    this.#processes.delete(pid);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      for (const [pid, metered] of this.#processes) metered.inodes ??= await socketsOf(pid);
      // -e: with the socket's inode, -i: with TCP_INFO, -n: names are not resolved.
      const { stdout, failed, code } = await execa('ss', ['-tineH'], {
        reject: false,
        timeout: patienceMs,
        stdin: 'ignore',
        env: toolEnvironment(),
        extendEnv: false,
      });
      this.#isMissing = code === 'ENOENT';
      if (!failed) this.#note(countsOf(stdout));
    } finally {
      this.#askedMs = this.#clock.monotonicMs();
      this.#isAsking = false;
    }
  }

  #note(sockets: ReadonlyMap<string, Counts>): void {
    const atMs = this.#clock.monotonicMs();
    for (const metered of this.#processes.values()) {
      const counts = [...(metered.inodes ?? [])].flatMap((inode) => sockets.get(inode) ?? []);
      const sum = (direction: Direction) => counts.reduce((all, one) => all + one[direction], 0);
      if (counts.length > 0) metered.bytes = { sent: sum('sent'), received: sum('received'), atMs };
    }
  }
}

/** Two lines a socket: the first has `ino:`, the second what the kernel counted; what it did not count is not in it. */
function countsOf(text: string): Map<string, Counts> {
  const sockets = new Map<string, Counts>();
  let inode: string | undefined;
  for (const line of text.split('\n')) {
    inode = /\bino:(\d+)/.exec(line)?.[1] ?? inode;
    const sent = /\bbytes_acked:(\d+)/.exec(line)?.[1];
    const received = /\bbytes_received:(\d+)/.exec(line)?.[1];
    if (inode !== undefined && (sent !== undefined || received !== undefined)) {
      sockets.set(inode, { sent: Number(sent ?? 0), received: Number(received ?? 0) });
    }
  }
  return sockets;
}

async function socketsOf(pid: number): Promise<Set<string> | undefined> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (!names) return undefined;
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  return inodes.length > 0 ? new Set(inodes) : undefined;
}
