import { statfs } from 'node:fs/promises';
import type { Disk, DiskUsage } from '../../core/disk/disk.ts';

/** Free space as an unprivileged writer has it (f_bavail), of the file system that holds a folder. */
export class StatfsDisk implements Disk {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async usage(): Promise<DiskUsage> {
    const { bavail, blocks, bsize } = await statfs(this.#path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }
}
