/**
 * Whether a target folder is the one that is meant. A share that is not mounted leaves an empty folder in its place,
 * and what is delivered there fills the system's disk and is never seen by anybody.
 *
 * - `create`: made when it is missing.
 * - `exists`: must be there.
 * - `mounted`: must be there, and on another file system than `/`.
 * - `marker`: must hold the file `.reelflow-target`.
 */
export type TargetCheck = 'create' | 'exists' | 'mounted' | 'marker';
export const targetChecks = ['create', 'exists', 'mounted', 'marker'] as const satisfies readonly TargetCheck[];

export const markerName = '.reelflow-target';

export interface FileWork {
  abort: AbortSignal;
  /** Bytes of this file so far. */
  onProgress?: (bytesDone: number) => void;
}

/**
 * Port: files at the source and in the target folder. Rejects with SOURCE_MISSING, SOURCE_UNREADABLE, TARGET_MISSING,
 * TARGET_NOT_MOUNTED, TARGET_READ_ONLY, TARGET_FULL, TARGET_UNREACHABLE, TARGET_EXISTS, PATH_OUTSIDE; an abort rejects
 * with its reason.
 */
export interface DeliveryFiles {
  /** Makes or checks the target folder. */
  openTarget(folder: string, check: TargetCheck): Promise<{ freeBytes: number }>;
  /**
   * Absolute path of a name below the target folder, its sub-folders made. Links are followed and must stay inside, or
   * PATH_OUTSIDE.
   */
  place(folder: string, name: string): Promise<string>;
  /** Bytes; undefined when nothing has that name, -1 when it is no plain file (a link, a folder). */
  size(path: string): Promise<number | undefined>;
  /** SHA-256 in hex of what the file system gives back. */
  checksum(path: string, work: FileWork): Promise<string>;
  /**
   * Copies to `<target>.partial`, going on where an earlier attempt stopped, and has it on the disk (fsync).
   * Answers with the checksum of the source.
   */
  copy(source: string, target: string, work: FileWork): Promise<string>;
  /** Gives `<target>.partial` its name in one step; TARGET_EXISTS when something has that name. */
  commit(target: string): Promise<void>;
  removePartial(target: string): Promise<void>;
  /** A small text file; undefined when it is missing or too large to be ours. */
  readText(path: string): Promise<string | undefined>;
  /** In one step, over what has that name. */
  writeText(path: string, text: string): Promise<void>;
  /** Removes a source file; one that is gone already is fine. */
  removeSource(path: string): Promise<void>;
}
