import type { Dispose } from '../time/clock.ts';
import type { CameraMessage } from './camera-message.ts';
import type { RowProblem, RowReading } from './camera-row.ts';
import type { CameraSourceSettings } from './camera-source.ts';
import type { ListedCamera } from './listed-camera.ts';
import type { OwnCameras } from './own-cameras.ts';

/** The settings of one capture-camera-list node. */
export interface CameraListSettings extends Pick<RowReading, 'columns' | 'templates'> {
  /** Node id; `own` for the station's own list, which is there once. */
  listId: string;
  name: string;
  source: CameraSourceSettings;
  /** Time between two readings. */
  pollMs: number;
}

/** What one list knows; kept on disk, so that a source that is away never empties it. */
export interface CameraListView {
  listId: string;
  name: string;
  kind: CameraSourceSettings['kind'];
  /** With secrets: see `shownAddress`. */
  cameras: readonly ListedCamera[];
  /** When the source was last read and understood, epoch ms. */
  lastGoodAt?: number;
  /** Why the last try failed; absent when it worked. */
  lastError?: { code: string; message: string; at: number };
  /** Rows that are left out, never silently. */
  problems: readonly RowProblem[];
}

/** All camera lists of a station. They live on while nodes are deployed anew. */
export interface CameraLists {
  readonly own: OwnCameras;
  /**
   * Attaches a node: it is sent `add` for every camera there is, then each change as it comes. One node a list.
   * Throws LIST_TAKEN when another node has it.
   */
  attach(settings: CameraListSettings, onMessages: (messages: CameraMessage[]) => void): Dispose;
  /**
   * Rows that came as a message: an array is the whole list, `{action, camera}` one change.
   * Throws MESSAGE_INVALID, ROW_INVALID, LIST_READS_ITSELF, and changes nothing then.
   */
  receive(listId: string, payload: unknown): void;
  list(): CameraListView[];
  /** By id, or by what pathOf makes of the name. */
  find(idOrPath: string): { camera: ListedCamera; list: CameraListView } | undefined;
  /** Reads the sources now, all of them or one. Rejects with the reason when it could not be read. */
  refresh(listId?: string): Promise<void>;
  /** After each reading, good or not. */
  onChange(listener: (view: CameraListView) => void): Dispose;
  /** A camera is in no list any more, also when no node is there to say so: its list was deleted. */
  onRemove(listener: (camera: ListedCamera) => void): Dispose;
}
