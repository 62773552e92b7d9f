/** What a job of the archive did and does. Epoch ms. */
export interface JobReport {
  jobId: string;
  startedAt: number;
  endedAt?: number;
  /** Lines with their time; bounded, the oldest go. No secrets. */
  log: string[];
}

/** Port: kept for as long as the jobs are. */
export interface JobReports<R extends JobReport> {
  save(report: R): Promise<void>;
  get(jobId: string): Promise<R | undefined>;
  /** Of those that began before, of whatever kind. */
  prune(before: number): Promise<void>;
}
