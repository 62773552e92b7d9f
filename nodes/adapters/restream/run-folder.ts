import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { StreamJob } from '../../core/restream/ports.ts';

/** Names inside the folder of one camera, which is the working directory of its tool. */
export const runFiles = {
  progress: 'progress.txt',
  /** Which job the tool was started for. */
  job: 'job.txt',
  /** Folder of the HLS that this station serves itself. */
  live: 'live',
  playlist: 'index.m3u8',
} as const;

/** In the data folder: the runtime that has the streams. Another than a camera's name, which has no dot. */
export const ownerFile = 'restream-owner.json';

/**
 * `<data>/restream/<camera>/`: where the tools of restreams work, and `<data>/live/<camera>/` those for viewers of this
 * station. A tool is found again by its working directory.
 */
export class RunFolders {
  readonly root: string;

  constructor(dataRoot: string, kind: 'restream' | 'live' = 'restream') {
    this.root = join(dataRoot, kind);
  }

  of(path: string): string {
    return join(this.root, path);
  }

  live(path: string): string {
    return join(this.of(path), runFiles.live);
  }

  /** An empty folder for a stream that begins; the log of the one before stays. */
  async prepare(job: StreamJob): Promise<string> {
    const folder = this.of(job.path);
    await rm(this.live(job.path), { recursive: true, force: true });
    await rm(join(folder, runFiles.progress), { force: true });
    await mkdir(this.live(job.path), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, runFiles.job), digestOf(job), { mode: 0o600 });
    return folder;
  }

  async isFor(job: StreamJob): Promise<boolean> {
    const text = await readFile(join(this.of(job.path), runFiles.job), 'utf8').catch(() => '');
    return text === digestOf(job);
  }

  async remove(path: string): Promise<void> {
    await rm(this.of(path), { recursive: true, force: true });
  }

  /** Paths that have a folder. */
  async list(): Promise<string[]> {
    return await readdir(this.root).catch(() => []);
  }

  /** Who works in the folders, by camera. Linux only (proc(5)). */
  async running(): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>();
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
      if (directory === undefined) continue;
      const way = relative(this.root, directory);
      const [path = ''] = way.split(sep);
      if (path === '' || path === '..' || way.startsWith(sep)) continue;
      found.set(path, [...(found.get(path) ?? []), Number(pid)]);
    }
    return found;
  }
}

/** The job holds addresses with logins: only its hash is kept beside the tool. */
function digestOf(job: StreamJob): string {
  return createHash('sha256').update(JSON.stringify(job)).digest('hex');
}
