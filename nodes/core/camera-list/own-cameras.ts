import { ReelflowError } from '../errors.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import { pathOf } from './camera-path.ts';
import { readRow } from './camera-row.ts';
import type { CameraStore } from './camera-store.ts';
import type { ListedCamera } from './listed-camera.ts';
import { type CameraChange, changeCamera, type NewCamera, type OwnCamera, splitLogin } from './own-camera.ts';

export interface OwnCamerasOptions {
  store: CameraStore;
  clock: Clock;
  makeId: () => string;
  /** Name of the camera, in whatever list, that has the path and is not the given one. */
  takenBy: (path: string, exceptId: string) => string | undefined;
}

/** The station's own list is there once, so its cameras keep their ids whichever node brings them in. */
export const ownListId = 'own';
const most = 2000;

/** The cameras that people enter here, by dashboard, HTTP and MQTT. What is written is on the disk when a call returns. */
export class OwnCameras {
  readonly #options: OwnCamerasOptions;
  readonly #cameras: Map<string, OwnCamera>;
  readonly #listeners = new Set<() => void>();

  constructor(options: OwnCamerasOptions) {
    this.#options = options;
    this.#cameras = new Map(options.store.ownCameras().map((camera) => [camera.id, camera]));
  }

  list(): OwnCamera[] {
    return [...this.#cameras.values()];
  }

  /** By the id of the listed camera (`own:<id>`), or by what pathOf makes of the name. */
  find(idOrPath: string): OwnCamera | undefined {
    const [listId, id = ''] = idOrPath.split(':');
    if (listId === ownListId && id !== '') return this.#cameras.get(id);
    return this.list().find(({ name }) => pathOf(name) === idOrPath);
  }

  /** Throws ROW_INVALID (with the field), CAMERA_NAME_TAKEN, TOO_MANY_CAMERAS. */
  add(camera: NewCamera): OwnCamera {
    if (this.#cameras.size >= most) {
      throw new ReelflowError('TOO_MANY_CAMERAS', `this list has ${most} cameras; keep longer ones in a database`);
    }
    const { makeId, clock } = this.#options;
    return this.#keep({ ...splitLogin(camera), id: makeId(), createdAt: clock.now() });
  }

  /** Throws as add and changeCamera do, and CAMERA_UNKNOWN. */
  change(id: string, change: CameraChange): OwnCamera {
    return this.#keep(changeCamera(this.#need(id), change));
  }

  /**
   * What a new camera, or a changed one, would be; nothing is kept. Throws as add and change do, but for the name: it does not
   * matter yet.
   */
  draft(settings: CameraChange, id?: string): ListedCamera {
    const { name: _name, ...rest } = settings;
    if (id !== undefined) return listedOf(changeCamera(this.#need(id), rest));
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
    return listedOf({ ...splitLogin(given), name: 'draft', id: 'draft', createdAt: 0 });
  }

  /** Throws CAMERA_UNKNOWN. */
  remove(id: string): void {
    this.#need(id);
    this.#options.store.removeOwn(id);
    this.#cameras.delete(id);
    this.#notify();
  }

  onChange(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(camera: OwnCamera): OwnCamera {
    const { name } = listedOf(camera);
    const other = this.#options.takenBy(pathOf(name), `${ownListId}:${camera.id}`) ?? this.#sameName(camera);
    if (other !== undefined) {
      throw new ReelflowError(
        'CAMERA_NAME_TAKEN',
        `name: there is the camera "${other}", which is ${pathOf(name)} in addresses as well`,
        { field: 'name' },
      );
    }
    this.#options.store.saveOwn(camera);
    this.#cameras.set(camera.id, camera);
    this.#notify();
    return camera;
  }

  /** Also where no node has brought the list in yet. */
  #sameName({ id, name }: OwnCamera): string | undefined {
    return this.list().find((other) => other.id !== id && pathOf(other.name) === pathOf(name))?.name;
  }

  #need(id: string): OwnCamera {
    const camera = this.#cameras.get(id);
    if (camera) return camera;
    throw new ReelflowError('CAMERA_UNKNOWN', `there is no camera "${id}" in the list of this station`, {
      field: 'camera',
    });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** As every other list would have it: the same checks for all. Throws ROW_INVALID. */
export function listedOf(camera: OwnCamera): ListedCamera {
  return readRow(camera, { listId: ownListId, columns: {}, templates: [] });
}
