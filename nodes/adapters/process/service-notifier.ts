import { spawn } from 'node:child_process';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** What the service manager wants to hear: sd_notify(3). */
export interface ServiceNews {
  READY?: '1';
  STOPPING?: '1';
  WATCHDOG?: '1';
  /** One line for `systemctl status`. */
  STATUS?: string;
  /** A start that takes longer is not a failed one. */
  EXTEND_TIMEOUT_USEC?: string;
}

/** What systemd gives a unit of Type=notify; undefined when nobody manages this process. */
export interface ServiceContract {
  /** Path, or `@` and an abstract name. */
  socket: string;
  /** WATCHDOG=1 has to come more often than this; absent: no watchdog. */
  watchdogMs?: number;
}

/**
 * Reads the contract, and takes it out of the environment: no tool and no flow has a say in whether this service lives.
 */
export function takeServiceContract(env: NodeJS.ProcessEnv, pid = process.pid): ServiceContract | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return undefined;
  const watchdogMs = watched === undefined || Number(watched) === pid ? Number(microseconds ?? 0) / 1000 : 0;
  return { socket, ...(watchdogMs > 0 && { watchdogMs }) };
}

/** systemd-notify waits for the manager to have read it; one that does not within this time never will. */
const longestMs = 10_000;

/**
 * Tells the service manager, by systemd-notify(1): Node.js has no datagram sockets of the local kind. One program run
 * at a time; what comes meanwhile goes with the next one, and what could not be said is said again: a lost READY=1 would
 * have a station ended that is well.
 */
export class ServiceNotifier {
  readonly #contract: ServiceContract;
  readonly #log: Log;
  readonly #program: string;
  readonly #retryMs: number;
  #waiting: ServiceNews = {};
  #isBusy = false;
  #hasFailed = false;

  constructor(contract: ServiceContract, log: Log, { program = 'systemd-notify', retryMs = 10_000 } = {}) {
    this.#contract = contract;
    this.#log = log;
    this.#program = program;
    this.#retryMs = retryMs;
  }

  tell(news: ServiceNews): void {
    this.#waiting = { ...this.#waiting, ...news };
    // The last word does not wait: soon there is nobody here to send it.
    if (!this.#isBusy || news.STOPPING) this.#send();
  }

  #send(): void {
    const news = this.#waiting;
    const lines = Object.entries(news).map(([name, value]) => `${name}=${value}`);
    this.#waiting = {};
    if (lines.length === 0) return;
    this.#isBusy = true;
    const { PATH } = process.env;
    // A group of its own: it must not be ended by the Ctrl-C or the exit that it tells of.
    const child = spawn(this.#program, lines, {
      env: { ...(PATH && { PATH }), NOTIFY_SOCKET: this.#contract.socket },
      stdio: 'ignore',
      detached: true,
    });
    child.unref();
    // Not the option of spawn: its timer stays when the program is missing, and keeps the process from ending.
    const timer = setTimeout(() => child.kill('SIGKILL'), longestMs).unref();
    let isOver = false;
    const over = (trouble?: string): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#note(trouble);
      if (trouble === undefined) this.#next();
      else setTimeout(() => this.#next(news), this.#retryMs).unref();
    };
    child.once('error', (error) => over(toReelflowError(error).message));
    child.once('exit', (code, signal) => over(code === 0 ? undefined : `it ended with ${code ?? signal}`));
  }

  #next(unsaid: ServiceNews = {}): void {
    this.#waiting = { ...unsaid, ...this.#waiting };
    this.#isBusy = false;
    this.#send();
  }

  /** Once for each series of failures: the watchdog would repeat it for ever. */
  #note(trouble: string | undefined): void {
    if (trouble !== undefined && !this.#hasFailed) {
      this.#log.warn(`the service manager can not be told how this service is: ${this.#program}: ${trouble}`);
    }
    this.#hasFailed = trouble !== undefined;
  }
}
