import type { Recording, RecordingTrack } from '../recording/recording.ts';
import { hasPlaceholder, renderName } from './name-template.ts';
import { byteLength, cutToBytes, extensionOf, longestNameBytes, safeText } from './safe-name.ts';

const longestAdditionBytes = 80;

/** Where the files of one recording are to go, below the target folder. */
export interface PlannedNames {
  /** In the order of the recording's tracks. */
  tracks: string[];
  sidecar: string;
}

/**
 * The names of a recording's files: one a track, all different even where upper and lower case are the same, and the
 * sidecar beside the first.
 *
 * @param number from 2 on put behind each name, when what has the plain one is not ours
 */
export function planNames(recording: Recording, template: string, number = 1, timeZone?: string): PlannedNames {
  const suffix = number > 1 ? ` (${number})` : '';
  const rendered = recording.tracks.map((track) => renderName(template, recording, track, timeZone));
  const tracks = distinguish(recording.tracks, rendered, template).map((name, index) => {
    const extension = extensionOf(recording.tracks[index]?.path ?? '');
    return `${name}${suffix}${extension ? `.${extension}` : ''}`;
  });
  const base = `${rendered[0] ?? safeText(recording.id)}${suffix}`;
  const plain = `${base}.json`;
  const isTaken = tracks.some((track) => track.toLowerCase() === plain.toLowerCase());
  return { tracks, sidecar: isTaken ? `${base}.recording.json` : plain };
}

/** Adds the least that makes the names differ: the camera, then the flavor, then a number. */
function distinguish(tracks: readonly RecordingTrack[], names: readonly string[], template: string): string[] {
  const input = hasPlaceholder(template, 'input') ? '' : ' - {input}';
  const additions = ['', input, `${input} - {flavor}`, `${input} - {flavor} - {index}`];
  for (const addition of additions) {
    const candidate = names.map((name, index) => {
      const track = tracks[index];
      const text = addition
        .replace('{input}', safeText(track?.input ?? ''))
        .replace('{flavor}', safeText(track?.flavor ?? ''))
        .replace('{index}', String(index + 1));
      return append(name, text);
    });
    if (new Set(candidate.map((name) => name.toLowerCase())).size === candidate.length) return candidate;
  }
  return [...names];
}

/** Never longer than a name may be: the name gives way to what makes it different. */
function append(name: string, addition: string): string {
  const text = cutToBytes(addition, longestAdditionBytes);
  const folders = name.split('/');
  const last = cutToBytes(folders.pop() ?? '', longestNameBytes - byteLength(text));
  return [...folders, `${last}${text}`].join('/');
}
