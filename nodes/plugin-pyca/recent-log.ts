import { redact } from '../core/redact.ts';

/** Node-RED's own numbers: the smaller, the worse. */
const levels: Readonly<Record<number, string>> = { 10: 'FATAL', 20: 'ERROR', 30: 'WARNING', 40: 'INFO' };
const most = 200;

/** One message as Node-RED hands it to its log handlers. */
export interface LogMessage {
  level: number;
  msg?: unknown;
  timestamp?: number;
}

/** The last lines of this process's log, without secrets: what pyCA shows of its `log_command`. */
export class RecentLog {
  readonly #lines: string[] = [];

  add({ level, msg, timestamp = Date.now() }: LogMessage): void {
    const word = levels[level];
    if (word === undefined) return;
    const text = msg instanceof Error ? msg.message : typeof msg === 'string' ? msg : JSON.stringify(msg);
    this.#lines.push(`${new Date(timestamp).toISOString()} ${word} ${redact(text ?? '')}`);
    if (this.#lines.length > most) this.#lines.shift();
  }

  lines(): string[] {
    return [...this.#lines];
  }
}
