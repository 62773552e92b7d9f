import type { StatementSync } from 'node:sqlite';
import type { CameraStore, StoredList } from '../../core/camera-list/camera-store.ts';
import type { OwnCamera } from '../../core/camera-list/own-camera.ts';
import type { Database } from './database.ts';
import { rowJson } from './row-json.ts';

export class SqliteCameraStore implements CameraStore {
  readonly #loadList: StatementSync;
  readonly #saveList: StatementSync;
  readonly #removeList: StatementSync;
  readonly #ownCameras: StatementSync;
  readonly #saveOwn: StatementSync;
  readonly #removeOwn: StatementSync;

  constructor(database: Database) {
    this.#loadList = database.prepare('SELECT body FROM camera_lists WHERE list_id = ?');
    this.#saveList = database.prepare(
      'INSERT INTO camera_lists (list_id, body) VALUES (?, ?) ON CONFLICT (list_id) DO UPDATE SET body = excluded.body',
    );
    this.#removeList = database.prepare('DELETE FROM camera_lists WHERE list_id = ?');
    this.#ownCameras = database.prepare('SELECT body FROM cameras ORDER BY created_at, id');
    this.#saveOwn = database.prepare(
      `INSERT INTO cameras (id, created_at, body) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
    );
    this.#removeOwn = database.prepare('DELETE FROM cameras WHERE id = ?');
  }

  loadList(listId: string): StoredList | undefined {
    return rowJson<StoredList>(this.#loadList.get(listId), 'body');
  }

  saveList(listId: string, list: StoredList): void {
    this.#saveList.run(listId, JSON.stringify(list));
  }

  removeList(listId: string): void {
    this.#removeList.run(listId);
  }

  ownCameras(): OwnCamera[] {
    return this.#ownCameras.all().flatMap((row) => rowJson<OwnCamera>(row, 'body') ?? []);
  }

  saveOwn(camera: OwnCamera): void {
    this.#saveOwn.run(camera.id, camera.createdAt, JSON.stringify(camera));
  }

  removeOwn(id: string): void {
    this.#removeOwn.run(id);
  }
}
