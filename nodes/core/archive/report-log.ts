import { redact } from '../redact.ts';
import type { Clock } from '../time/clock.ts';
import type { JobReport, JobReports } from './job-report.ts';

/** A few lines a minute for the longest chunk. */
const mostLines = 500;
const saveEveryMs = 2000;

export interface ReportLogOptions<R extends JobReport> {
  reports: JobReports<R>;
  clock: Clock;
  onProgress?: (report: R) => void;
}

/** Keeps the report of a running job, and stores it now and then: not at each step. */
export class ReportLog<R extends JobReport> {
  readonly report: R;
  readonly #options: ReportLogOptions<R>;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #saving: Promise<void> = Promise.resolve();

  constructor(report: R, options: ReportLogOptions<R>) {
    this.report = report;
    this.#options = options;
  }

  note(line: string): void {
    const { log } = this.report;
    log.push(`${new Date(this.#options.clock.now()).toISOString()} ${redact(line)}`);
    if (log.length > mostLines) log.shift();
    this.save(false);
  }

  /** The last word; settles when it is stored. */
  async end(): Promise<void> {
    this.report.endedAt = this.#options.clock.now();
    this.save(true);
    await this.#saving;
  }

  protected save(isUrgent: boolean): void {
    const { clock, reports, onProgress } = this.#options;
    if (!isUrgent && clock.monotonicMs() - this.#savedAtMs < saveEveryMs) return;
    this.#savedAtMs = clock.monotonicMs();
    const copy = structuredClone(this.report);
    onProgress?.(copy);
    // A report is worth less than the job itself: a database that refuses it must not end that.
    this.#saving = this.#saving.then(() => reports.save(copy).catch(() => {}));
  }
}
