import type { Alarms } from '../alarms/alarms.ts';
import { restartDelay } from './restart-back-off.ts';

/** What is wrong with one camera: how often in a row, when to try again, and the one alarm that stands for it. */
export class CameraTrouble {
  readonly #input: string;
  readonly #alarms: Alarms;
  #failures = 0;
  #retryMonotonic = 0;

  constructor(input: string, alarms: Alarms) {
    this.#input = input;
    this.#alarms = alarms;
  }

  get isFirst(): boolean {
    return this.#failures === 0;
  }

  mayTry(monotonicMs: number): boolean {
    return monotonicMs >= this.#retryMonotonic;
  }

  /** A capture ended that had delivered for so long: sets when the next may be tried. */
  note(deliveredMs: number, monotonicMs: number): void {
    const { failures, delayMs } = restartDelay(this.#failures, deliveredMs);
    this.#failures = failures;
    this.#retryMonotonic = monotonicMs + delayMs;
  }

  /** The first reason stands: the tries that follow often only say that nothing changed. */
  raise(code: string, message: string): void {
    if (this.#alarms.list().some((alarm) => alarm.key === this.#key && alarm.code === code)) return;
    this.#alarms.raise(this.#key, { severity: 'error', code, message });
  }

  /** Pictures come again. */
  over(): void {
    this.#alarms.clear(this.#key);
  }

  forget(): void {
    this.over();
    this.#failures = 0;
    this.#retryMonotonic = 0;
  }

  get #key(): string {
    return `camera-away:${this.#input}`;
  }
}
