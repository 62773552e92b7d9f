import type { Alarms } from '../alarms/alarms.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { CameraListSettings, CameraLists, CameraListView } from './camera-lists.ts';
import type { CameraMessage } from './camera-message.ts';
import { pathOf } from './camera-path.ts';
import type { OpenCameraSource, ReadSource } from './camera-source.ts';
import type { CameraStore } from './camera-store.ts';
import type { ListedCamera } from './listed-camera.ts';
import { LiveCameraList } from './live-camera-list.ts';
import { OwnCameras } from './own-cameras.ts';

export interface CameraListServiceOptions {
  clock: Clock;
  loop: InstantLoop;
  store: CameraStore;
  /** How databases and files are read; the station's own list is none of its business. */
  openSource: (source: Exclude<ReadSource, { kind: 'own' }>) => ReturnType<OpenCameraSource>;
  makeId: () => string;
  alarms: Alarms;
  log: Log;
}

interface Member {
  list: LiveCameraList;
  subscriber?: { send: (messages: CameraMessage[]) => void; isReady: boolean };
  /** Cameras that went while no node was there to be told; what else there is, is sent again anyhow. */
  unheard: CameraMessage[];
  failingSinceMs?: number;
  leave: Dispose;
}

/** A node that does not come back within this time was deleted, not deployed anew. */
const leaveMs = 60_000;
/** A source that fails for longer raises an alarm. */
const patienceMs = 60_000;

/** The camera lists of a station: they go on while their nodes are deployed anew. */
export class CameraListService implements CameraLists {
  readonly own: OwnCameras;
  readonly #options: CameraListServiceOptions;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<(view: CameraListView) => void>();
  readonly #removeListeners = new Set<(camera: ListedCamera) => void>();
  readonly #stopWatching: Dispose;

  constructor(options: CameraListServiceOptions) {
    this.#options = options;
    const { store, clock, makeId, loop } = options;
    this.own = new OwnCameras({ store, clock, makeId, takenBy: (path, exceptId) => this.#owner(path, exceptId)?.name });
    this.#stopWatching = loop.every(5000, () => {
      for (const member of this.#members.values()) this.#watchAge(member);
    });
  }

  attach(settings: CameraListSettings, onMessages: (messages: CameraMessage[]) => void): Dispose {
    const { loop } = this.#options;
    const { listId, name } = settings;
    const known = this.#members.get(listId);
    if (known?.subscriber) {
      throw new ReelflowError(
        'LIST_TAKEN',
        `this list of cameras is brought in by "${known.list.settings.name}" already`,
      );
    }
    known?.leave();
    const member = known ?? this.#enter(settings);
    if (known) known.list.configure(settings);
    const subscriber = { send: onMessages, isReady: false };
    member.subscriber = subscriber;
    // Not within this call: the caller does not have its Dispose yet.
    const stopWaiting = loop.after(0, () => this.#replay(member, subscriber));
    this.#options.log.debug(`cameras: "${name}" brings in ${member.list.view.cameras.length}`);
    return () => {
      stopWaiting();
      if (member.subscriber !== subscriber) return;
      delete member.subscriber;
      member.leave = loop.after(leaveMs, () => this.#remove(listId));
    };
  }

  receive(listId: string, payload: unknown): void {
    this.#need(listId).list.receive(payload);
  }

  list(): CameraListView[] {
    return [...this.#members.values()].map(({ list }) => list.view);
  }

  find(idOrPath: string): { camera: ListedCamera; list: CameraListView } | undefined {
    let found: { camera: ListedCamera; list: CameraListView } | undefined;
    for (const list of this.list()) {
      for (const camera of list.cameras) {
        if (camera.id === idOrPath) return { camera, list };
        if (pathOf(camera.name) === idOrPath) found = { camera, list };
      }
    }
    return found;
  }

  async refresh(listId?: string): Promise<void> {
    if (listId !== undefined) return this.#need(listId).list.refresh();
    const results = await Promise.allSettled([...this.#members.values()].map(({ list }) => list.refresh()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw toReelflowError(failed.reason);
  }

  onChange(listener: (view: CameraListView) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRemove(listener: (camera: ListedCamera) => void): Dispose {
    this.#removeListeners.add(listener);
    return () => this.#removeListeners.delete(listener);
  }

  /** Ends all reading; what is stored stays. */
  close(): void {
    this.#stopWatching();
    for (const { list, leave } of this.#members.values()) {
      leave();
      list.dispose();
    }
    this.#members.clear();
  }

  #enter(settings: CameraListSettings): Member {
    const { clock, loop, store, log } = this.#options;
    const { listId } = settings;
    const list = new LiveCameraList(settings, {
      ...{ clock, loop, store, log },
      openSource: (source) => (source.kind === 'own' ? this.#ownSource() : this.#options.openSource(source)),
      takenBy: (path) => this.#owner(path, undefined, listId)?.name,
      send: (messages) => this.#send(listId, messages),
      onView: (isChanged) => this.#viewChanged(listId, isChanged),
    });
    const member: Member = { list, unheard: [], leave: () => {} };
    this.#members.set(listId, member);
    return member;
  }

  #ownSource(): ReturnType<OpenCameraSource> {
    return { read: () => Promise.resolve(this.own.list()), watch: (onChange) => this.own.onChange(onChange) };
  }

  #owner(path: string, exceptId?: string, exceptList?: string): ListedCamera | undefined {
    for (const [listId, { list }] of this.#members) {
      if (listId === exceptList) continue;
      const owner = list.view.cameras.find(({ id, name }) => id !== exceptId && pathOf(name) === path);
      if (owner) return owner;
    }
    return undefined;
  }

  #replay({ list, subscriber: current, unheard }: Member, subscriber: NonNullable<Member['subscriber']>): void {
    if (current !== subscriber) return;
    subscriber.isReady = true;
    const present = list.view.cameras.map((camera) => ({ action: 'add' as const, camera }));
    const messages = [...unheard.splice(0), ...present];
    if (messages.length > 0) this.#guard(() => subscriber.send(messages));
  }

  #send(listId: string, messages: CameraMessage[]): void {
    const member = this.#members.get(listId);
    const removed = messages.filter(({ action }) => action === 'remove');
    for (const { camera } of removed) this.#tellRemoved(camera);
    if (member?.subscriber?.isReady) this.#guard(() => member.subscriber?.send(messages));
    else member?.unheard.push(...removed);
  }

  #tellRemoved(camera: ListedCamera): void {
    for (const listener of this.#removeListeners) this.#guard(() => listener(camera));
  }

  #remove(listId: string): void {
    const member = this.#members.get(listId);
    if (!member) return;
    member.list.dispose();
    this.#members.delete(listId);
    this.#options.alarms.clear(`camera-list-away:${listId}`);
    this.#guard(() => this.#options.store.removeList(listId));
    for (const camera of member.list.view.cameras) this.#tellRemoved(camera);
    this.#lookAgain(listId);
  }

  #viewChanged(listId: string, isChanged: boolean): void {
    const member = this.#members.get(listId);
    if (!member) return;
    this.#watchAge(member);
    const { view } = member.list;
    for (const listener of this.#listeners) this.#guard(() => listener(view));
    if (isChanged) this.#lookAgain(listId);
  }

  #lookAgain(exceptList: string): void {
    for (const [listId, { list }] of this.#members) if (listId !== exceptList) list.lookAgain();
  }

  #watchAge(member: Member): void {
    const { clock, alarms } = this.#options;
    const { listId, name, lastError, cameras } = member.list.view;
    const key = `camera-list-away:${listId}`;
    if (!lastError) {
      delete member.failingSinceMs;
      alarms.clear(key);
      return;
    }
    member.failingSinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - member.failingSinceMs < patienceMs) return;
    const message = `the camera list "${name}" can not be read: ${lastError.message}; its ${cameras.length} cameras go on as they were`;
    alarms.raise(key, { severity: 'warning', code: 'CAMERA_LIST_AWAY', message });
  }

  #need(listId: string): Member {
    const member = this.#members.get(listId);
    if (member) return member;
    throw new ReelflowError('LIST_UNKNOWN', `there is no camera list "${listId}"`, { field: 'listId' });
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error(`cameras: ${toReelflowError(error).message}`);
    }
  }
}
