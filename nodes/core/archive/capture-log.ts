import { redact } from '../redact.ts';
import type { Clock } from '../time/clock.ts';
import type { CaptureReport, CaptureReports, CaptureStage, StageState } from './capture-report.ts';

/** A few lines a minute for the longest chunk. */
const mostLines = 500;
const saveEveryMs = 2000;

export interface CaptureLogOptions {
  reports: CaptureReports;
  clock: Clock;
  onProgress: (report: CaptureReport) => void;
}

/** Keeps the report of a running capture, and stores it now and then: not at each segment. */
export class CaptureLog {
  readonly report: CaptureReport;
  readonly #options: CaptureLogOptions;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #saving: Promise<void> = Promise.resolve();

  constructor(report: CaptureReport, options: CaptureLogOptions) {
    this.report = report;
    this.#options = options;
  }

  stage(stage: CaptureStage, state: StageState): void {
    this.report.stages[stage] = state;
    this.note(`${stage}: ${state}`);
    this.#save(true);
  }

  note(line: string): void {
    const { log } = this.report;
    log.push(`${new Date(this.#options.clock.now()).toISOString()} ${redact(line)}`);
    if (log.length > mostLines) log.shift();
    this.#save(false);
  }

  progress(change: Partial<Pick<CaptureReport, 'progress' | 'bytesCaptured' | 'bytesStored' | 'segmentCount'>>): void {
    Object.assign(this.report, change);
    this.#save(false);
  }

  /** The last word; settles when it is stored. */
  async end(): Promise<void> {
    this.report.endedAt = this.#options.clock.now();
    this.#save(true);
    await this.#saving;
  }

  #save(isUrgent: boolean): void {
    const { clock, reports, onProgress } = this.#options;
    if (!isUrgent && clock.monotonicMs() - this.#savedAtMs < saveEveryMs) return;
    this.#savedAtMs = clock.monotonicMs();
    const copy = structuredClone(this.report);
    onProgress(copy);
    // A report is worth less than the capture itself: a database that refuses it must not end that.
    this.#saving = this.#saving.then(() => reports.save(copy).catch(() => {}));
  }
}
