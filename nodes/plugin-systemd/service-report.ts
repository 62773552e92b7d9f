import type { ServiceNotifier } from '../adapters/process/service-notifier.ts';
import type { Log } from '../core/log.ts';
import type { Station } from '../core/station.ts';
import { stationWords } from '../core/station-words.ts';
import type { Dispose } from '../core/time/clock.ts';
import type { Liveness } from './liveness.ts';

export interface ServiceReportOptions {
  station: Station;
  notifier: Pick<ServiceNotifier, 'tell'>;
  askAlive: () => Promise<Liveness>;
  /** Absent: nobody waits for signs of life. */
  watchdogMs?: number;
  log: Log;
}

const second = 1000;
/** Changes come in bursts, and each report is a program run. */
const settleMs = 2 * second;
const everyMinute = 60 * second;
/** A start may take this long after each sign of life that is not READY=1. */
const extensionMs = 60 * second;

/**
 * Keeps the service manager informed: ready once recording can be relied on, a line of what goes on whenever that
 * changes, and signs of life, each after a question to /health. It lives in the station's own loop, so a loop that
 * stands still, a server that does not answer and a database that can not be read all end the signs of life; then the
 * manager starts the runtime anew, which finds its captures again.
 */
export class ServiceReport {
  readonly #options: ServiceReportOptions;
  readonly #disposables: Dispose[] = [];
  #isReady = false;
  #isAlive = true;
  #isDue = false;
  #status = '';
  #extendedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ServiceReportOptions) {
    this.#options = options;
  }

  start(): void {
    const { recordings, schedules, alarms, loop } = this.#options.station;
    const soon = (): void => this.#reportSoon();
    this.#disposables.push(
      recordings.onChange(soon),
      recordings.onRemove(soon),
      schedules.onChange(soon),
      alarms.onChange(soon),
      // What comes next changes with the time alone.
      loop.every(everyMinute, soon),
    );
    this.#check();
  }

  /** The last word. */
  stop(): void {
    for (const dispose of this.#disposables.splice(0)) dispose();
    this.#options.notifier.tell({ STOPPING: '1', STATUS: 'stopping; captures go on' });
  }

  #check(): void {
    this.#options.askAlive().then(
      (liveness) => this.#checked(liveness),
      () => this.#checked({ isAlive: false, reasons: ['NO_ANSWER'] }),
    );
  }

  #checked({ isAlive, reasons }: Liveness): void {
    const { notifier, log, watchdogMs } = this.#options;
    if (this.#isReady && isAlive !== this.#isAlive) {
      const words = isAlive ? 'well again' : `no sign of life for the service notifier: ${reasons.join(', ')}`;
      log.warn(words);
    }
    this.#isAlive = isAlive;
    if (!this.#isReady && isAlive) {
      this.#isReady = true;
      notifier.tell({ READY: '1', WATCHDOG: '1', STATUS: this.#newStatus() });
    } else if (!this.#isReady) {
      this.#extendStart(reasons);
    } else if (isAlive) {
      notifier.tell({ WATCHDOG: '1' });
    }
    const nextMs = !this.#isReady ? second : watchdogMs && (isAlive ? watchdogMs / 2 : watchdogMs / 10);
    if (nextMs) this.#after(nextMs, () => this.#check());
  }

  /** The editor answers although the flows do not start: restarting again and again would only lock people out of it. */
  #extendStart(reasons: readonly string[]): void {
    const { notifier, station } = this.#options;
    const now = station.clock.monotonicMs();
    if (now - this.#extendedAt < extensionMs / 2) return;
    this.#extendedAt = now;
    notifier.tell({ EXTEND_TIMEOUT_USEC: String(extensionMs * second), STATUS: `not ready: ${reasons.join(', ')}` });
  }

  #reportSoon(): void {
    if (this.#isDue || !this.#isReady) return;
    this.#isDue = true;
    this.#after(settleMs, () => {
      this.#isDue = false;
      const before = this.#status;
      if (this.#newStatus() !== before) this.#options.notifier.tell({ STATUS: this.#status });
    });
  }

  #newStatus(): string {
    this.#status = stationWords(this.#options.station);
    return this.#status;
  }

  #after(delayMs: number, run: () => void): void {
    const dispose = this.#options.station.loop.after(delayMs, () => {
      this.#disposables.splice(this.#disposables.indexOf(dispose), 1);
      run();
    });
    this.#disposables.push(dispose);
  }
}
