import { ReelflowError } from '../errors.ts';
import type { Dispose } from '../time/clock.ts';
import type { Camera } from './camera.ts';

/** The cameras that capture-camera config nodes have declared. Lives as long as the runtime; nodes come and go. */
export class CameraRegistry {
  readonly #cameras = new Map<string, Camera>();
  readonly #listeners = new Set<() => void>();

  /** Declares a camera; the returned function takes it back. A second camera of the same name is refused. */
  add(camera: Camera): Dispose {
    const other = this.#find(camera.name);
    if (other && other.id !== camera.id) {
      throw new ReelflowError('CAMERA_NAME_TAKEN', `two cameras are called "${camera.name}"; names must be unique`, {
        field: 'name',
      });
    }
    this.#cameras.set(camera.id, camera);
    this.#notify();
    return () => {
      if (this.#cameras.get(camera.id) !== camera) return;
      this.#cameras.delete(camera.id);
      this.#notify();
    };
  }

  list(): Camera[] {
    return [...this.#cameras.values()];
  }

  /** By node id or by name. */
  get(idOrName: string): Camera | undefined {
    return this.#cameras.get(idOrName) ?? this.#find(idOrName);
  }

  onChange(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #find(name: string): Camera | undefined {
    return this.list().find((camera) => camera.name === name);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
