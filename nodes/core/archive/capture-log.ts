import type { CaptureReport, CaptureStage, StageState } from './capture-report.ts';
import { ReportLog } from './report-log.ts';

/** The report of a running capture. */
export class CaptureLog extends ReportLog<CaptureReport> {
  stage(stage: CaptureStage, state: StageState): void {
    this.report.stages[stage] = state;
    this.note(`${stage}: ${state}`);
    this.save(true);
  }

  progress(change: Partial<Pick<CaptureReport, 'progress' | 'bytesCaptured' | 'bytesStored' | 'segmentCount'>>): void {
    Object.assign(this.report, change);
    this.save(false);
  }
}
