import { ReelflowError } from '../errors.ts';
import type { Recording, RecordingTrack } from '../recording/recording.ts';
import type { DeliverySettings } from './deliveries.ts';
import type { DeliveryFiles, FileWork } from './delivery-files.ts';
import { type PlannedNames, planNames } from './planned-names.ts';
import { type DeliveredTrack, sidecarId, sidecarText } from './sidecar.ts';

export interface DeliveryRun {
  recording: Recording;
  settings: DeliverySettings;
  files: DeliveryFiles;
  abort: AbortSignal;
  /** Names that other deliveries are about to take; kept up to date by the run. */
  reserved: Set<string>;
  about: { deliveredAt: () => number; agent?: string; versions?: Readonly<Record<string, string>> };
  onProgress(progress: { state: 'copying' | 'verifying'; bytesDone: number }): void;
}

export interface DeliveredFiles {
  /** The tracks, then the sidecar; absolute. */
  paths: string[];
  /** The recording's tracks as they lie at the target. */
  tracks: RecordingTrack[];
}

interface Target {
  track: RecordingTrack;
  path: string;
  name: string;
  sizeBytes: number;
  /** Set when this very content is there already, from an attempt that was cut off. */
  sha256?: string;
}

interface Destination {
  targets: Target[];
  sidecar: { path: string; name: string };
}

const mostNumbers = 999;
/** Besides the files themselves: the sidecar and what the file system needs. */
const reserveBytes = 1024 * 1024;

/** Bytes of a recording's files. Rejects with SOURCE_MISSING. */
async function measure(recording: Recording, files: DeliveryFiles): Promise<number[]> {
  const sizes: number[] = [];
  for (const { path } of recording.tracks) {
    const size = await files.size(path);
    if (size === undefined || size < 0) throw new ReelflowError('SOURCE_MISSING', `the file ${path} is not there`);
    sizes.push(size);
  }
  return sizes;
}

/**
 * One attempt to deliver all files of a recording: copied beside their names, read back and compared, renamed, and the
 * sidecar last, so that where it is everything is. What an earlier attempt finished is found again by its content.
 */
export async function runDelivery(run: DeliveryRun): Promise<DeliveredFiles> {
  const { recording, settings, files, abort } = run;
  const sizes = await measure(recording, files);
  const { freeBytes } = await files.openTarget(settings.folder, settings.check);
  const destination = await chooseNames(run, sizes);
  const names = [...destination.targets.map(({ path }) => path), destination.sidecar.path];
  for (const name of names) run.reserved.add(name.toLowerCase());
  try {
    await checkSpace(run, destination, freeBytes);
    let bytesBefore = 0;
    const delivered: DeliveredTrack[] = [];
    for (const target of destination.targets) {
      abort.throwIfAborted();
      const sha256 = target.sha256 ?? (await deliverTrack(run, target, bytesBefore));
      await files.removePartial(target.path);
      bytesBefore += target.sizeBytes;
      run.onProgress({ state: 'copying', bytesDone: bytesBefore });
      const file = relativeTo(destination.sidecar.name, target.name);
      delivered.push({ track: target.track, file, sizeBytes: target.sizeBytes, sha256 });
    }
    const { deliveredAt, ...about } = run.about;
    const text = sidecarText(recording, delivered, {
      ...about,
      deliveredAt: deliveredAt(),
      deliverId: settings.deliverId,
    });
    await files.writeText(destination.sidecar.path, text);
    const tracks = destination.targets.map(({ track, path, sizeBytes }) => ({ ...track, path, sizeBytes }));
    return { paths: names, tracks };
  } finally {
    for (const name of names) run.reserved.delete(name.toLowerCase());
  }
}

/** The first number under which every name is free or holds what we are about to put there. */
async function chooseNames(run: DeliveryRun, sizes: readonly number[]): Promise<Destination> {
  const sources = new Map<string, Promise<string>>();
  for (let number = 1; number <= mostNumbers; number += 1) {
    const destination = await examine(run, sizes, planNames(run.recording, run.settings.nameTemplate, number), sources);
    if (destination) return destination;
  }
  throw new ReelflowError(
    'TARGET_EXISTS',
    `there are ${mostNumbers} files of that name already; choose another template`,
  );
}

async function examine(
  run: DeliveryRun,
  sizes: readonly number[],
  names: PlannedNames,
  sources: Map<string, Promise<string>>,
): Promise<Destination | undefined> {
  const { recording, settings, files, abort } = run;
  const sidecar = { name: names.sidecar, path: await files.place(settings.folder, names.sidecar) };
  if (run.reserved.has(sidecar.path.toLowerCase())) return undefined;
  if ((await files.size(sidecar.path)) !== undefined) {
    if (sidecarId(await files.readText(sidecar.path)) !== recording.id) return undefined;
  }
  const targets: Target[] = [];
  for (const [index, track] of recording.tracks.entries()) {
    const name = names.tracks[index] ?? '';
    const path = await files.place(settings.folder, name);
    const sizeBytes = sizes[index] ?? 0;
    if (run.reserved.has(path.toLowerCase())) return undefined;
    const found = await files.size(path);
    if (found === undefined) {
      targets.push({ track, name, path, sizeBytes });
      continue;
    }
    if (found !== sizeBytes) return undefined;
    const source = sources.get(track.path) ?? files.checksum(track.path, { abort });
    sources.set(track.path, source);
    const sha256 = await source;
    if ((await files.checksum(path, { abort })) !== sha256) return undefined;
    targets.push({ track, name, path, sizeBytes, sha256 });
  }
  return { targets, sidecar };
}

async function checkSpace(run: DeliveryRun, { targets }: Destination, freeBytes: number): Promise<void> {
  let neededBytes = reserveBytes;
  for (const { path, sizeBytes, sha256 } of targets) {
    if (sha256 === undefined) neededBytes += sizeBytes - ((await run.files.size(`${path}.partial`)) ?? 0);
  }
  if (neededBytes > freeBytes) {
    const need = `${megabytes(neededBytes)} MB are needed, ${megabytes(freeBytes)} MB are free`;
    throw new ReelflowError('TARGET_FULL', `${run.settings.folder} is full: ${need}`, { isRetryable: true });
  }
}

async function deliverTrack(
  run: DeliveryRun,
  { track, path, sizeBytes }: Target,
  bytesBefore: number,
): Promise<string> {
  const { files, abort } = run;
  const copying: FileWork = {
    abort,
    onProgress: (bytes) => run.onProgress({ state: 'copying', bytesDone: bytesBefore + bytes }),
  };
  const verifying: FileWork = {
    abort,
    onProgress: () => run.onProgress({ state: 'verifying', bytesDone: bytesBefore + sizeBytes }),
  };
  const expected = await files.copy(track.path, path, copying);
  const found = await files.checksum(`${path}.partial`, verifying);
  if (found !== expected) {
    await files.removePartial(path);
    throw new ReelflowError('CHECKSUM_MISMATCH', `what was read back from ${path} is not what was written`, {
      isRetryable: true,
    });
  }
  await files.commit(path);
  return expected;
}

/** Both below the same folder, `/` between. */
function relativeTo(from: string, to: string): string {
  const folders = from.split('/').slice(0, -1);
  const parts = to.split('/');
  let common = 0;
  while (common < folders.length && common < parts.length - 1 && folders[common] === parts[common]) common += 1;
  return [...folders.slice(common).map(() => '..'), ...parts.slice(common)].join('/');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
