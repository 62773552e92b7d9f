import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArrivalClock } from '../../core/media/arrival-clock.ts';
import { TrackEnds } from '../../core/media/cut.ts';
import type { Fragment, TrackRun } from '../../core/media/fragment.ts';
import type { Movie } from '../../core/media/movie.ts';
import type { CaptureRecord, CaptureStatus } from '../../core/recording/capture.ts';
import type { Clock } from '../../core/time/clock.ts';
import { CapturedFile } from './captured-file.ts';
import { captureFiles, levelPeriodMs } from './output-arguments.ts';
import { lastFrames, readTail } from './side-files.ts';

/** What counts as digital silence; JSON has no minus infinity. */
const silenceDbfs = -120;
const rateWindowMs = 5000;
/** FFmpeg writes twice a second; an encoder holds back most of a second more. */
const stalledMs = 3000;
/** A measurement older than this says nothing about now. */
const staleMs = 5000;

/** Reads the files of one capture, again and again. Each look costs a few small reads. */
export class CaptureWatch {
  readonly #record: CaptureRecord;
  readonly #clock: Clock;
  readonly #file: CapturedFile;
  readonly #arrivals = new ArrivalClock();
  readonly #ends = new TrackEnds();
  #runs: TrackRun[] = [];
  #beginsMs: number | undefined;
  #progress = 0;
  #lastAdvanceMonotonicMs: number | undefined;
  #busy: Promise<Omit<CaptureStatus, 'isRunning'>> | undefined;

  constructor(record: CaptureRecord, clock: Clock) {
    this.#record = record;
    this.#clock = clock;
    this.#file = new CapturedFile(join(record.directory, captureFiles.media));
  }

  /** Nothing new came for a while. False for a capture whose first picture is still awaited. */
  get isStalled(): boolean {
    return (
      this.#lastAdvanceMonotonicMs !== undefined && this.#clock.monotonicMs() - this.#lastAdvanceMonotonicMs > stalledMs
    );
  }

  /** One look at a time; who asks during a look gets its answer. */
  look(): Promise<Omit<CaptureStatus, 'isRunning'>> {
    this.#busy ??= this.#look().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #look(): Promise<Omit<CaptureStatus, 'isRunning'>> {
    if (this.#record.outputs) return await this.#lookAtOutputs();
    for await (const fragment of this.#file.advance()) {
      this.#ends.add(fragment);
      const video = fragment.runs.find((run) => run.kind === 'video');
      if (video) this.#runs.push(video);
      this.#beginsMs ??= beginOf(fragment, this.#file.scanner.movie);
    }
    const mediaMs = this.#ends.completeMs;
    this.#runs = this.#runs.filter((run) => run.endMs > mediaMs - rateWindowMs);
    const [luma, level] = await Promise.all([
      this.#see(captureFiles.video, 0),
      this.#see(captureFiles.level, levelPeriodMs),
    ]);
    this.#notice(mediaMs);
    return {
      ...this.#timing(),
      ...(this.#beginsMs === undefined ? {} : { beginsMs: this.#beginsMs }),
      mediaMs,
      sizeBytes: this.#file.sizeBytes,
      ...this.#frameRate(),
      ...(level === undefined ? {} : { levelDbfs: Math.max(silenceDbfs, round(level, 1)) }),
      ...(luma === undefined ? {} : { luma: round(luma, 1) }),
    };
  }

  /** A user's own tool: all that is known is that its files grow. */
  async #lookAtOutputs(): Promise<Omit<CaptureStatus, 'isRunning'>> {
    const sizes = await Promise.all(
      (this.#record.outputs ?? []).map(async (output) => {
        const found = await stat(join(this.#record.directory, output.path)).catch(() => undefined);
        return found?.size ?? 0;
      }),
    );
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    const mediaMs = sizeBytes > 0 ? Math.max(0, this.#clock.now() - this.#record.spawnedAt) : 0;
    this.#notice(sizeBytes);
    return { ...(sizeBytes > 0 ? { offsetMs: this.#record.spawnedAt } : {}), ...this.#advance(), mediaMs, sizeBytes };
  }

  /**
   * Takes the last printed frame of a side file as an arrival; gives the largest value of the last second while it is
   * fresh: a beep each second must not read as silence because a look met the half second between two.
   */
  async #see(name: string, periodMs: number): Promise<number | undefined> {
    const tail = await readTail(join(this.#record.directory, name));
    const frames = tail ? lastFrames(tail.text, periodMs > 0 ? Math.ceil(1000 / periodMs) : 1) : [];
    const [frame] = frames;
    if (!tail || !frame) return undefined;
    const ageMs = Math.max(0, this.#clock.now() - tail.modifiedMs);
    this.#arrivals.see(this.#clock.monotonicMs() - ageMs, frame.mediaMs + periodMs);
    const values = frames.flatMap(({ value }) => value ?? []);
    return ageMs > staleMs || values.length === 0 ? undefined : Math.max(...values);
  }

  #timing(): Pick<CaptureStatus, 'offsetMs' | 'lastAdvanceMonotonicMs'> {
    const { zeroMs } = this.#arrivals;
    // From the monotonic clock to the wall clock as it stands now.
    // Together with where it begins, which is in the file half a second later: neither means anything alone.
    const offsetMs =
      zeroMs === undefined || this.#beginsMs === undefined
        ? undefined
        : Math.round(zeroMs + this.#clock.now() - this.#clock.monotonicMs());
    return { ...(offsetMs === undefined ? {} : { offsetMs }), ...this.#advance() };
  }

  #advance(): Pick<CaptureStatus, 'lastAdvanceMonotonicMs'> {
    return this.#lastAdvanceMonotonicMs === undefined ? {} : { lastAdvanceMonotonicMs: this.#lastAdvanceMonotonicMs };
  }

  #notice(progress: number): void {
    if (progress <= this.#progress) return;
    this.#progress = progress;
    this.#lastAdvanceMonotonicMs = this.#clock.monotonicMs();
  }

  #frameRate(): Pick<CaptureStatus, 'framesPerSecond'> {
    const sum = (read: (run: TrackRun) => number) => this.#runs.reduce((total, run) => total + read(run), 0);
    const durationMs = sum((run) => run.durationMs);
    return durationMs > 0 ? { framesPerSecond: round((sum((run) => run.samples) * 1000) / durationMs, 1) } : {};
  }
}

/** Media time of a capture's first picture, or of its first sound where it has no pictures; undefined before it. */
function beginOf({ runs }: Fragment, movie: Movie | undefined): number | undefined {
  const hasVideo = movie?.tracks.some(({ kind }) => kind === 'video') ?? false;
  const begins = runs.filter(({ kind }) => !hasVideo || kind === 'video').map(({ startMs }) => startMs);
  return begins.length === 0 ? undefined : Math.min(...begins);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
