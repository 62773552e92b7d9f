/** Steps of a capture, in their order; words of the replaced service. */
export const captureStages = ['mark_chunk_in_progress', 'capture', 's3_put', 'mark_chunk_not_in_progress'] as const;
export type CaptureStage = (typeof captureStages)[number];
export type StageState = 'starting' | 'done' | 'failed' | 'rejected';

/** What a capture did and does. */
export interface CaptureReport {
  jobId: string;
  channel: string;
  chunkStartMs: number;
  /** Key of the main object. */
  key?: string;
  startedAt: number;
  endedAt?: number;
  stages: Partial<Record<CaptureStage, StageState>>;
  /** Of the chunk's time, 0..1. */
  progress: number;
  bytesCaptured: number;
  bytesStored: number;
  segmentCount: number;
  /** Lines with their time; bounded, the oldest go. No secrets. */
  log: string[];
}

/** Port: kept for as long as the jobs are. */
export interface CaptureReports {
  save(report: CaptureReport): Promise<void>;
  get(jobId: string): Promise<CaptureReport | undefined>;
  /** Of those that began before. */
  prune(before: number): Promise<void>;
}
