import { basename, extname, isAbsolute, relative, sep } from 'node:path';
import type { Recording, RecordingTrack } from '../core/recording/recording.ts';

/** One file of a recording under the name that its media URL has. */
export interface MediaFile {
  /** Relative, with `/`; unique within the recording. */
  name: string;
  /** Where it may lie, best first: delivery may have moved it. Absolute. */
  paths: string[];
  mimeType?: string;
}

/**
 * The files of a recording that may be read over HTTP: its finished tracks and what delivery made of them. Nothing else
 * in its folder can be named, so nothing else can be reached.
 */
export function mediaFiles(recording: Recording): MediaFile[] {
  const files = new Map<string, MediaFile>();
  recording.tracks.forEach((track, index) => {
    const name = freeName(nameOf(recording, track.path), track, files);
    files.set(name, { name, paths: [track.path, ...movedTo(recording, track, index)], mimeType: track.mimeType });
  });
  for (const path of recording.delivery?.paths ?? []) {
    const name = basename(path);
    if (!files.has(name)) files.set(name, { name, paths: [path] });
  }
  return [...files.values()];
}

/** Path of the URL under which `/media` answers with the file. */
export function mediaUrl(recordingId: string, name: string): string {
  return `/media/recordings/${[recordingId, ...name.split('/')].map(encodeURIComponent).join('/')}`;
}

function nameOf(recording: Recording, path: string): string {
  const inside = relative(recording.directory, path);
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return isInside ? inside.split(sep).join('/') : basename(path);
}

/** Two tracks delivered into two folders may have one name. */
function freeName(name: string, track: RecordingTrack, taken: ReadonlyMap<string, MediaFile>): string {
  if (!taken.has(name)) return name;
  const withInput = `${track.input}/${name}`;
  for (let number = 2; ; number += 1) {
    const candidate = number === 2 ? withInput : `${number}/${withInput}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Delivered paths that are this track: of the same name, or in the same place of the list and of the same kind. */
function movedTo(recording: Recording, track: RecordingTrack, index: number): string[] {
  const paths = recording.delivery?.paths ?? [];
  const sameName = paths.filter((path) => path !== track.path && basename(path) === basename(track.path));
  if (sameName.length > 0) return sameName;
  const samePlace = paths[index];
  return samePlace !== undefined && extname(samePlace) === extname(track.path) ? [samePlace] : [];
}
