import type { Job } from '../jobs/job-queue.ts';
import type { UpkeepKind, UpkeepOrder } from './archive.ts';
import type { JobReport } from './job-report.ts';
import { ReportLog } from './report-log.ts';

/** What the work on a whole channel did and does. */
export interface UpkeepReport extends JobReport {
  channel: string;
  kind: UpkeepKind;
  /** Chunks that were looked at, of so many; `total` is absent where it is not known beforehand. */
  done: number;
  total?: number;
  /** `verify`: chunks that are not as they should be; `cleanup`: removed ones; `rebuild`: ones that the index did not have. */
  found: number;
}

/** The queue's job and what it did. */
export interface UpkeepJob {
  job: Job<UpkeepOrder>;
  report?: UpkeepReport;
}

/** The report of running upkeep. */
export class UpkeepLog extends ReportLog<UpkeepReport> {
  /** Nothing is done yet of what is known to be to do. */
  begin(total?: number): void {
    if (total !== undefined) this.report.total = total;
    this.save(true);
  }

  /** One more was looked at. */
  step(): void {
    this.report.done += 1;
    this.save(false);
  }

  /** One more was found. */
  find(line: string): void {
    this.report.found += 1;
    this.note(line);
  }
}
