import type { Alarms } from '../alarms/alarms.ts';
import type { Disk } from '../disk/disk.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CaptureFleet } from './capture-fleet.ts';
import { type DiskVerdict, estimateBytes, judgeDisk } from './disk-guard.ts';
import type { Recording } from './recording.ts';

const gibibyte = 1024 ** 3;

interface DiskSurroundings {
  disk: Disk;
  fleet: CaptureFleet;
  alarms: Alarms;
  log: Log;
  /** What is captured and still has to be cut into recordings. */
  unfinishedBytes: () => number;
}

/** Looks at the disk: ends captures cleanly before it is full, lets them go on when there is room again, says so. */
export class DiskWatch {
  readonly #disk: Disk;
  readonly #unfinishedBytes: () => number;
  readonly #fleet: CaptureFleet;
  readonly #alarms: Alarms;
  readonly #log: Log;
  #verdict: DiskVerdict = 'ok';

  constructor(around: DiskSurroundings) {
    this.#disk = around.disk;
    this.#unfinishedBytes = around.unfinishedBytes;
    this.#fleet = around.fleet;
    this.#alarms = around.alarms;
    this.#log = around.log;
  }

  get isFull(): boolean {
    return this.#verdict === 'full';
  }

  async look(): Promise<void> {
    const usage = await this.#disk.usage();
    const verdict = judgeDisk(usage, this.#unfinishedBytes(), this.#verdict);
    if (verdict !== this.#verdict)
      this.#log.warn(`disk: ${this.#verdict} -> ${verdict}, ${gibibytes(usage.freeBytes)} free`);
    this.#verdict = verdict;
    this.#fleet.block(verdict === 'full' ? 'the disk is full' : undefined);
    if (verdict === 'ok') {
      this.#alarms.clear('disk');
    } else if (verdict === 'low') {
      this.#alarms.raise('disk', {
        severity: 'warning',
        code: 'DISK_LOW',
        message: 'little disk space is left for recordings',
      });
    } else {
      const message = 'the disk is full: nothing is recorded until space is freed';
      this.#alarms.raise('disk', { severity: 'error', code: 'DISK_FULL', message });
    }
  }

  /** Before a recording: does what it will need fit? Says so, and lets it begin all the same: a part is better than nothing. */
  async estimate(recording: Recording, bytesPerSecond: readonly number[]): Promise<void> {
    const key = `disk-short:${recording.id}`;
    try {
      const needed = estimateBytes(recording.plannedEnd - recording.plannedStart, bytesPerSecond);
      const { freeBytes } = await this.#disk.usage();
      if (freeBytes >= needed) return this.#alarms.clear(key);
      const message = `"${recording.title}" will need about ${gibibytes(needed)}, ${gibibytes(freeBytes)} are free`;
      this.#alarms.raise(key, { severity: 'warning', code: 'DISK_SHORT', message });
    } catch (error) {
      this.#log.warn(`disk estimate: ${toReelflowError(error).message}`);
    }
  }

  forget(recordingId: string): void {
    this.#alarms.clear(`disk-short:${recordingId}`);
  }
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
