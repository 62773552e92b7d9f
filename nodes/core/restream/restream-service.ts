import type { Alarms } from '../alarms/alarms.ts';
import type { CameraLists } from '../camera-list/camera-lists.ts';
import type { CameraMessage } from '../camera-list/camera-message.ts';
import { pathOf } from '../camera-list/camera-path.ts';
import type { ListedCamera } from '../camera-list/listed-camera.ts';
import type { ProbeResult } from '../camera-list/probe-result.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { CameraAlarms } from './camera-alarms.ts';
import { type LeaseParts, wantLease } from './camera-lease.ts';
import { CameraSupervisor } from './camera-supervisor.ts';
import { CameraTurns } from './camera-turns.ts';
import { CameraHistory, type OutageStore } from './history.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { CameraProber, CameraStore, Knocker, LeaseStore, RestreamSettings, Streamer } from './ports.ts';
import type { RestreamChange, RestreamPlace, RestreamState, Restreams, RestreamView } from './restream.ts';
import { fingerprint, isPaused, keptOf, type RestreamEntry, viewOf } from './restream-entry.ts';
import { type MediaServerPlace, targetOf } from './target.ts';
import { TargetGate } from './target-gate.ts';

export interface ServiceParts {
  streamer: Streamer;
  prober: CameraProber;
  knocker: Knocker;
  leases: LeaseStore;
  store: CameraStore & OutageStore;
  /** This station among those that share the leases; stays over a restart. */
  owner: string;
  mediaServer: MediaServerPlace;
  alarms: Alarms;
  clock: Clock;
  loop: Pick<InstantLoop, 'after' | 'every'>;
  log: Log;
  chance?: () => number;
}

/** A restream node that is gone after a start of the station: its cameras are nobody's any more. */
const orphanMs = 60_000;
const housekeepingMs = 10_000;

/** All restreamed cameras of a station. Nodes come and go; the streams stay until somebody does not want them. */
export class RestreamService implements Restreams {
  readonly #parts: ServiceParts;
  readonly #entries = new Map<string, RestreamEntry>();
  readonly #nodes = new Set<string>();
  readonly #changes = new Set<(change: RestreamChange) => void>();
  readonly #removals = new Set<(camera: string, nodeId: string) => void>();
  readonly #turns: CameraTurns;
  readonly #gate: TargetGate;
  readonly #keeper: LeaseKeeper;
  readonly #leases: LeaseParts;
  readonly #alarms: CameraAlarms;
  readonly #disposables: Dispose[] = [];
  #closing: Promise<void> | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#gate = new TargetGate(parts);
    this.#keeper = new LeaseKeeper(parts.leases, parts.owner, parts);
    const { mediaServer } = parts;
    this.#leases = { keeper: this.#keeper, mediaServer, save: (entry) => this.#save(entry) };
    this.#turns = new CameraTurns(parts.knocker);
    this.#alarms = new CameraAlarms(parts.alarms);
  }

  /** Goes on with what an earlier runtime had, before any flow has started. */
  async open(): Promise<void> {
    const { store, loop, clock, streamer } = this.#parts;
    store.dropOutages(undefined, clock.now() - 24 * 3600_000);
    const kept = store.cameras();
    await streamer.endOthers(new Set(kept.map(({ path }) => path)));
    for (const one of kept) {
      const entry = this.#add(one.path, one.settings, one.camera);
      entry.paused = one.paused;
      entry.isOurs = one.isOurs ?? true;
      this.#begin(entry);
    }
    this.#disposables.push(
      loop.after(orphanMs, () => this.#dropOrphans()),
      loop.every(housekeepingMs, () => this.#keepHouse()),
    );
  }

  /** A restream node is there. The returned function takes it away; its cameras go with it when it was removed. */
  attach(settings: RestreamSettings): RestreamPlace {
    const { nodeId } = settings;
    this.#nodes.add(nodeId);
    for (const entry of this.#of(nodeId)) this.#change(entry, { settings });
    return {
      take: (message) => this.#take(settings, message),
      detach: async (isRemoved) => {
        this.#nodes.delete(nodeId);
        if (isRemoved) for (const entry of this.#of(nodeId)) this.#remove(entry);
        await this.#closing;
      },
    };
  }

  /** Cameras that left their list when no message could say so: the list was deleted, or it happened while we were away. */
  follow(lists: Pick<CameraLists, 'list' | 'onRemove'>): void {
    this.#disposables.push(
      lists.onRemove(({ id }) => {
        for (const entry of [...this.#entries.values()]) if (entry.camera.id === id) this.#remove(entry);
      }),
      this.#parts.loop.after(orphanMs, () => {
        for (const { listId, cameras } of lists.list()) {
          const ids = new Set(cameras.map(({ id }) => id));
          for (const entry of [...this.#entries.values()]) {
            const { id } = entry.camera;
            if (id.startsWith(`${listId}:`) && !ids.has(id)) this.#remove(entry);
          }
        }
      }),
    );
  }

  list(): RestreamView[] {
    const now = this.#parts.clock.now();
    return [...this.#entries.values()].map((entry) => viewOf(entry, now));
  }

  get(camera: string): RestreamView | undefined {
    const entry = this.#entries.get(camera);
    return entry && viewOf(entry, this.#parts.clock.now());
  }

  async log(camera: string): Promise<string[]> {
    this.#need(camera);
    return await this.#parts.streamer.log(camera);
  }

  restart(camera: string): void {
    const entry = this.#need(camera);
    if (isPaused(entry)) {
      throw new ReelflowError('CAMERA_PAUSED', `camera "${camera}" is paused: resume it instead`, { field: 'camera' });
    }
    entry.supervisor?.restart();
  }

  pause(camera: string): void {
    this.#setPaused(this.#need(camera), true);
  }

  resume(camera: string): void {
    this.#setPaused(this.#need(camera), false);
  }

  /** Where viewers on this machine read it, with the login that may be in it; undefined: it is HLS of our own. */
  addressOf(camera: string): string | undefined {
    const { settings, camera: listed, probe } = this.#need(camera);
    const target = targetOf(listed, camera, settings, this.#parts.mediaServer, probe, true);
    return target.kind === 'embedded' ? undefined : target.url;
  }

  livePath({ id, name, url }: ListedCamera): string | undefined {
    const path = pathOf(name);
    const { camera, supervisor } = this.#entries.get(path) ?? {};
    const isIt = camera?.id === id && camera.url === url && supervisor?.state === 'live';
    return isIt ? path : undefined;
  }

  /** What keeps leases from being kept; the cameras go on. */
  get leaseTrouble(): string | undefined {
    return this.#keeper.trouble;
  }

  onChange(listener: (change: RestreamChange) => void): Dispose {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  onRemove(listener: (camera: string, nodeId: string) => void): Dispose {
    this.#removals.add(listener);
    return () => this.#removals.delete(listener);
  }

  /** Ends all streams: an orderly stop leaves nothing behind that nobody watches. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const dispose of this.#disposables.splice(0)) dispose();
    this.#changes.clear();
    const ends = [...this.#entries.values()].map(({ supervisor, ended }) => supervisor?.end() ?? ended);
    await Promise.allSettled(ends);
    this.#gate.close();
    await this.#keeper.close();
  }

  #take(settings: RestreamSettings, { action, camera, probe }: CameraMessage): void {
    const path = pathOf(camera.name);
    // A camera that was renamed has another path: it is the old one that goes.
    for (const entry of this.#of(settings.nodeId)) {
      if (entry.camera.id === camera.id && (entry.path !== path || action === 'remove')) this.#remove(entry);
    }
    if (action === 'remove') return;
    const entry = this.#entries.get(path);
    if (!entry) this.#begin(this.#add(path, settings, camera, probe));
    else if (entry.camera.id !== camera.id) {
      throw new ReelflowError(
        'CAMERA_NAME_TAKEN',
        `camera "${camera.name}" and camera "${entry.camera.name}" would both be restreamed as "${path}"`,
        { field: 'payload.camera.name' },
      );
    } else this.#change(entry, { settings, camera, probe });
  }

  #add(path: string, settings: RestreamSettings, camera: ListedCamera, probe?: ProbeResult): RestreamEntry {
    const { store, clock } = this.#parts;
    const entry: RestreamEntry = {
      ...{ path, settings, camera, probe },
      paused: undefined,
      isOurs: true,
      history: new CameraHistory(path, store, clock.now()),
      supervisor: undefined,
      stoppedSince: clock.now(),
      ended: Promise.resolve(),
      told: undefined,
    };
    this.#entries.set(path, entry);
    return entry;
  }

  #change(
    entry: RestreamEntry,
    to: { settings: RestreamSettings; camera?: ListedCamera; probe?: ProbeResult | undefined },
  ) {
    const before = fingerprint(entry);
    const wasPaused = isPaused(entry);
    if (to.camera && to.camera.options.isPaused !== entry.camera.options.isPaused) entry.paused = undefined;
    Object.assign(entry, { settings: to.settings, camera: to.camera ?? entry.camera, probe: to.probe ?? entry.probe });
    if (fingerprint(entry) !== before) {
      entry.probe = to.probe;
      this.#stop(entry);
      this.#begin(entry);
    } else if (isPaused(entry) !== wasPaused) this.#setPaused(entry, isPaused(entry), entry.paused);
    else this.#save(entry);
  }

  #setPaused(entry: RestreamEntry, paused: boolean, byPerson: boolean | undefined = paused): void {
    entry.paused = byPerson;
    if (paused === (entry.supervisor === undefined)) {
      this.#save(entry);
      return;
    }
    if (paused) this.#stop(entry);
    this.#begin(entry);
  }

  /** Begins as soon as the stream before it has ended. */
  #begin(entry: RestreamEntry): void {
    this.#save(entry);
    if (isPaused(entry)) {
      entry.stoppedSince = this.#parts.clock.now();
      entry.history.up(entry.stoppedSince);
      this.#tell(entry);
      return;
    }
    const supervisor = this.#supervisor(entry);
    entry.supervisor = supervisor;
    void entry.ended.then(() => {
      if (entry.supervisor === supervisor) supervisor.start(entry.probe);
    });
    this.#tell(entry);
  }

  #stop(entry: RestreamEntry): void {
    const { supervisor, ended } = entry;
    entry.supervisor = undefined;
    if (!supervisor) return;
    entry.ended = Promise.all([ended, supervisor.end()]).then(
      () => {},
      (error: unknown) => this.#parts.log.error(`camera ${entry.path}: ${toReelflowError(error).message}`),
    );
  }

  #remove(entry: RestreamEntry): void {
    const { store, clock, streamer, log } = this.#parts;
    this.#stop(entry);
    this.#entries.delete(entry.path);
    store.dropCamera(entry.path);
    store.dropOutages(entry.path, clock.now() + 1);
    this.#alarms.forget(entry.path);
    void entry.ended
      .then(() => (this.#entries.has(entry.path) ? undefined : streamer.forget(entry.path)))
      .catch((error: unknown) => log.warn(`camera ${entry.path}: ${toReelflowError(error).message}`));
    for (const listener of this.#removals) listener(entry.path, entry.settings.nodeId);
  }

  #supervisor(entry: RestreamEntry): CameraSupervisor {
    const { path, camera, settings } = entry;
    const around = {
      ...this.#parts,
      ...{ path, camera, settings, gate: this.#gate },
      chance: this.#parts.chance ?? Math.random,
      starts: (signal: AbortSignal) => this.#turns.start(signal),
      knock: (url: string, signal: AbortSignal) => this.#turns.knock(url, signal),
      lease: (changed: () => void) => wantLease(entry, this.#leases, changed),
      changed: () => {
        if (entry.supervisor === supervisor) this.#tell(entry);
      },
    };
    const supervisor = new CameraSupervisor(around, entry.history);
    return supervisor;
  }

  #tell(entry: RestreamEntry): void {
    const view = viewOf(entry, this.#parts.clock.now());
    const before: RestreamState | undefined = entry.told;
    entry.told = view.state;
    this.#alarms.see(view, entry.settings.alarmAfterMs, this.#parts.clock.now());
    for (const listener of this.#changes) {
      try {
        listener({ view, before });
      } catch (error) {
        this.#parts.log.error(`camera ${entry.path}: ${toReelflowError(error).message}`);
      }
    }
  }

  #keepHouse(): void {
    const { clock, store } = this.#parts;
    const now = clock.now();
    for (const entry of this.#entries.values()) this.#alarms.see(viewOf(entry, now), entry.settings.alarmAfterMs, now);
    store.dropOutages(undefined, now - 24 * 3600_000);
    this.#alarms.seeLeases(this.#keeper.trouble);
  }

  #dropOrphans(): void {
    for (const entry of [...this.#entries.values()]) {
      if (this.#nodes.has(entry.settings.nodeId)) continue;
      this.#parts.log.info(`camera ${entry.path}: its restream node is gone, so it ends`);
      this.#remove(entry);
    }
  }

  #save(entry: RestreamEntry): void {
    if (this.#entries.get(entry.path) === entry) this.#parts.store.saveCamera(keptOf(entry));
  }

  #of(nodeId: string): RestreamEntry[] {
    return [...this.#entries.values()].filter(({ settings }) => settings.nodeId === nodeId);
  }

  #need(camera: string): RestreamEntry {
    const entry = this.#entries.get(camera);
    if (entry) return entry;
    throw new ReelflowError('CAMERA_UNKNOWN', `there is no restreamed camera "${camera}"`, { field: 'camera' });
  }
}
