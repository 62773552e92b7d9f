import type { JobReport, JobReports } from '../../../core/archive/job-report.ts';
import type { ArchiveDatabase } from './archive-database.ts';

/** Reports of all kinds of jobs of the archive, in the table that was made for those of captures. */
export class SqlJobReports<R extends JobReport> implements JobReports<R> {
  readonly #database: ArchiveDatabase;

  constructor(database: ArchiveDatabase) {
    this.#database = database;
  }

  async save(report: R): Promise<void> {
    const body = JSON.stringify(report);
    await this.#database
      .insertInto('capture_reports')
      .values({ job_id: report.jobId, started_at: Math.round(report.startedAt), body })
      .onConflict((conflict) => conflict.column('job_id').doUpdateSet({ body }))
      .execute();
  }

  async get(jobId: string): Promise<R | undefined> {
    const found = this.#database.selectFrom('capture_reports').select('body').where('job_id', '=', jobId);
    const row = await found.executeTakeFirst();
    return row && (JSON.parse(row.body) as R);
  }

  async prune(before: number): Promise<void> {
    await this.#database.deleteFrom('capture_reports').where('started_at', '<', before).execute();
  }
}
