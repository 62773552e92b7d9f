import type { JobReport } from './job-report.ts';

/** Steps of a capture, in their order; words of the replaced service. */
export const captureStages = ['mark_chunk_in_progress', 'capture', 's3_put', 'mark_chunk_not_in_progress'] as const;
export type CaptureStage = (typeof captureStages)[number];
export type StageState = 'starting' | 'done' | 'failed' | 'rejected';

/** What a capture did and does. */
export interface CaptureReport extends JobReport {
  channel: string;
  chunkStartMs: number;
  /** Key of the main object. */
  key?: string;
  stages: Partial<Record<CaptureStage, StageState>>;
  /** Of the chunk's time, 0..1. */
  progress: number;
  bytesCaptured: number;
  bytesStored: number;
  segmentCount: number;
}
