import { join } from 'node:path';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { CaptureExit, CaptureProcess, CaptureRecord, CaptureStatus } from '../../core/recording/capture.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { ProcessEnd } from '../process/ended.ts';
import { isRunning } from '../process/identity.ts';
import { captureGraces, stalledGraces, terminateGroup } from '../process/terminate.ts';
import { CaptureWatch } from './capture-watch.ts';
import { endFeeder } from './feeder.ts';
import { identityOf, isCommandFixed } from './identity-of.ts';
import { captureFiles } from './output-arguments.ts';
import { boundToolLog, cleanToolLog, readToolLog, tellingLines } from './tool-log.ts';

/** A running capture tool, started by this runtime or by an earlier one. */
export class FfmpegCapture implements CaptureProcess {
  readonly record: CaptureRecord;
  readonly exited: Promise<CaptureExit>;
  readonly #watch: CaptureWatch;
  readonly #log: Log;
  #isGone = false;
  #stopping: Promise<CaptureExit> | undefined;

  /** `ended` settles when the process is gone, and never rejects. */
  constructor(record: CaptureRecord, ended: Promise<ProcessEnd>, { clock, log }: { clock: Clock; log: Log }) {
    this.record = record;
    this.#log = log;
    this.#watch = new CaptureWatch(record, clock);
    this.exited = ended.then((end) => this.#close(end));
  }

  async status(): Promise<CaptureStatus> {
    if (!this.#isGone) {
      await boundToolLog(this.#logPath).catch((error) =>
        this.#log.warn(`capture ${this.record.id}: ${toReelflowError(error).message}`),
      );
    }
    return { isRunning: !this.#isGone, ...(await this.#watch.look()) };
  }

  stop(): Promise<CaptureExit> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<CaptureExit> {
    // Between its end and our learning of it the number may have gone to somebody else.
    if (!this.#isGone && (await isRunning(identityOf(this.record), isCommandFixed(this.record)))) {
      await this.#watch.look().catch(() => undefined);
      const graces = this.#watch.isStalled ? stalledGraces : captureGraces;
      await terminateGroup(this.record.pid, () => this.#isGone, graces);
    }
    return await this.exited;
  }

  async #close({ exitCode, signal }: ProcessEnd): Promise<CaptureExit> {
    this.#isGone = true;
    const wasRequested = this.#stopping !== undefined;
    let lastLines: string[] = [];
    try {
      await endFeeder(this.record.directory);
      await cleanToolLog(this.#logPath);
      lastLines = tellingLines(await readToolLog(this.#logPath));
    } catch (error) {
      // The folder may have been removed under it; the end itself is what counts.
      this.#log.warn(`capture ${this.record.id}: its log can not be read: ${toReelflowError(error).message}`);
    }
    return { exitCode, signal, lastLines, wasRequested };
  }

  get #logPath(): string {
    return join(this.record.directory, captureFiles.log);
  }
}
