import type { ListedCamera } from './listed-camera.ts';
import type { OwnCamera } from './own-camera.ts';

/** The last good state of a list. */
export interface StoredList {
  cameras: ListedCamera[];
  /** When it was read, epoch ms. */
  readAt: number;
}

/** Port: keeps lists on disk. Methods throw when the database fails. */
export interface CameraStore {
  loadList(listId: string): StoredList | undefined;
  /** Written when the list changes, not at each reading. */
  saveList(listId: string, list: StoredList): void;
  removeList(listId: string): void;
  /** The station's own cameras, oldest first. */
  ownCameras(): OwnCamera[];
  saveOwn(camera: OwnCamera): void;
  removeOwn(id: string): void;
}
