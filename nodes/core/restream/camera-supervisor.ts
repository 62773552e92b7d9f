import type { ProbeResult } from '../camera-list/probe-result.ts';
import { toReelflowError } from '../errors.ts';
import { backOff, type FailureRow, steadyMs } from './back-off.ts';
import { Comeback } from './comeback.ts';
import { classifyEnd, classOf, isTargetTrouble, reasonWords } from './failure.ts';
import type { CameraHistory } from './history.ts';
import type { Stream, StreamJob } from './ports.ts';
import { RateMeter } from './rate-meter.ts';
import type { ReasonClass, RestreamReason, RestreamState } from './restream.ts';
import { StallWatch } from './stall-watch.ts';
import type { SupervisorSurroundings } from './surroundings.ts';
import { targetOf } from './target.ts';
import { WakeablePause } from './wakeable-pause.ts';

const second = 1000;
const lookMs = 2 * second;
/** While it is not live yet: everybody waits for it. */
const firstLookMs = 250;
/** Cameras that wake up at night take more than 20 s to their first picture. */
const startMs = 30 * second;
/** A start that takes longer than this lets the next ones begin. */
const slotMs = 10 * second;
/** A camera that the media server can not hold is fetched by a process of ours from then on. */
const mostPullFailures = 6;

interface Failure extends RestreamReason {
  liveMs: number;
}

/** Keeps one camera live until it is ended: looks, starts, watches, waits, and begins again. Never gives up. */
export class CameraSupervisor {
  readonly #around: SupervisorSurroundings;
  readonly #history: CameraHistory;
  readonly #ending = new AbortController();
  readonly #pause: WakeablePause;
  readonly #comeback: Comeback;
  #state: RestreamState = 'probing';
  #since: number;
  #reason: RestreamReason | undefined;
  #nextTryAt: number | undefined;
  #job: StreamJob | undefined;
  #probe: ProbeResult | undefined;
  #row: FailureRow = { failures: 0 };
  #pullFailures = 0;
  #meter = new RateMeter();
  #isRestartAsked = false;
  #running: Promise<void> | undefined;

  constructor(around: SupervisorSurroundings, history: CameraHistory) {
    this.#around = around;
    this.#history = history;
    this.#since = around.clock.now();
    this.#pause = new WakeablePause(around.loop, this.#ending.signal);
    this.#comeback = new Comeback(around, this.#pause, this.#ending.signal);
  }

  get state(): RestreamState {
    return this.#state;
  }

  get view() {
    const { clock } = this.#around;
    const isLive = this.#state === 'live';
    const { target } = this.#job ?? {};
    return {
      state: this.#state,
      since: this.#since,
      ...(this.#reason && !isLive ? { reason: this.#reason } : {}),
      ...(this.#nextTryAt === undefined ? {} : { nextTryAt: this.#nextTryAt }),
      ...(target ? { target } : {}),
      ...(this.#probe ? { probe: this.#probe } : {}),
      rates: isLive ? this.#meter.figures() : {},
      ...(isLive ? { uptimeMs: Math.max(0, clock.now() - this.#since) } : {}),
    };
  }

  /** @param probe what capture-probe has found already */
  start(probe: ProbeResult | undefined): void {
    const { prober, camera } = this.#around;
    if (probe) prober.remember(camera, probe);
    this.#probe = prober.known(camera);
    this.#running = this.#run();
  }

  /** Tries now, whatever it waits for; a stream that runs is begun anew. */
  restart(): void {
    this.#row = { failures: 0 };
    this.#around.prober.forget(this.#around.camera);
    this.#isRestartAsked = true;
    this.#pause.wake();
  }

  /** Its stream has ended when this settles, and its lease is free. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get #isEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  async #run(): Promise<void> {
    let adopted = await this.#adopt();
    const lease = this.#around.lease(() => this.#pause.wake());
    try {
      while (!this.#isEnded) {
        if (!lease.isOurs) {
          // What runs already runs on until it is known whose the camera is.
          if (lease.isKnown) {
            await adopted?.stop(false);
            adopted = undefined;
          }
          await this.#standBy(lease);
          continue;
        }
        const failure = await this.#attempt(adopted, lease);
        adopted = undefined;
        if (failure && !this.#isEnded) await this.#recover(failure);
      }
    } finally {
      await adopted?.stop(false);
      await lease.release();
    }
  }

  /** What an earlier runtime began goes on, without a look at camera or lease before. */
  async #adopt(): Promise<Stream | undefined> {
    try {
      const job = this.#makeJob();
      const stream = await this.#around.streamer.adopt(job);
      if (stream) this.#job = job;
      return stream;
    } catch (error) {
      this.#around.log.warn(`camera ${this.#around.path}: ${toReelflowError(error).message}`);
      return undefined;
    }
  }

  async #standBy(lease: { isOurs: boolean; isKnown: boolean }): Promise<void> {
    if (lease.isKnown) this.#enter('stopped', { class: 'elsewhere', message: reasonWords('elsewhere') });
    else this.#enter('probing');
    if (!this.#isEnded && !lease.isOurs) await this.#pause.wait(60 * second);
  }

  /** From the look at the camera to the end of its stream; says why it ended. Undefined: go on at once. */
  async #attempt(adopted: Stream | undefined, lease: { isOurs: boolean }): Promise<Failure | undefined> {
    this.#isRestartAsked = false;
    this.#nextTryAt = undefined;
    const leave: (() => void)[] = [];
    const giveBack = (): void => {
      for (const done of leave.splice(0)) done();
    };
    try {
      const stream = adopted ?? (await this.#begin(leave));
      if (!('ended' in stream)) return stream;
      return await this.#follow(stream, lease, giveBack);
    } catch (thrown) {
      if (this.#isEnded) return undefined;
      const { code, message } = toReelflowError(thrown);
      return { class: classOf(code), message, liveMs: 0 };
    } finally {
      giveBack();
    }
  }

  async #begin(leave: (() => void)[]): Promise<Stream | Failure> {
    const { prober, streamer, gate, camera } = this.#around;
    const { signal } = this.#ending;
    // A wrong target is told before the camera is bothered.
    this.#job = this.#makeJob();
    if (!prober.known(camera)) this.#enter('probing');
    const probe = await prober.probe(camera, signal);
    this.#probe = probe;
    if (!probe.ok) return { class: probe.reason as ReasonClass, message: probe.message, liveMs: 0 };
    if (!probe.tracks.some(({ kind }) => kind === 'video')) {
      return { class: 'no-video', message: reasonWords('no-video'), liveMs: 0 };
    }
    this.#job = this.#makeJob();
    this.#enter('starting');
    leave.push(await this.#around.starts(signal));
    const { target } = this.#job;
    if (target.kind === 'push' && !(await gate.check(target.url))) {
      return { class: 'media-server-away', message: reasonWords('media-server-away'), liveMs: 0 };
    }
    signal.throwIfAborted();
    this.#isRestartAsked = false;
    return await streamer.begin(this.#job, probe);
  }

  /** Watches a stream to its end. */
  async #follow(stream: Stream, lease: { isOurs: boolean }, started: () => void): Promise<Failure | undefined> {
    const { clock, settings, log, path } = this.#around;
    const watch = new StallWatch(clock.monotonicMs());
    const beganMs = clock.monotonicMs();
    this.#meter = new RateMeter();
    let end: Awaited<Stream['ended']> | undefined;
    const ended = stream.ended.then((how) => {
      end = how;
      this.#pause.wake();
    });
    if (this.#state !== 'starting') this.#enter('starting');
    for (;;) {
      const isUnwanted = (): boolean => this.#isEnded || this.#isRestartAsked || !lease.isOurs;
      if (!end && !isUnwanted())
        await this.#pause.wait(this.#state === 'live' ? untilLookMs(clock.monotonicMs()) : firstLookMs);
      if (end) break;
      if (isUnwanted()) {
        await stream.stop(watch.quietMs > lookMs * 2);
        await ended;
        return undefined;
      }
      const nowMs = clock.monotonicMs();
      const look = await stream.look().catch((error: unknown) => {
        log.warn(`camera ${path}: ${toReelflowError(error).message}`);
        return { sign: '' };
      });
      this.#meter.see(look, nowMs);
      if (watch.see(look, nowMs)) {
        if (this.#state !== 'live') this.#goLive();
        started();
      } else if (nowMs - beganMs > slotMs) started();
      if (nowMs - beganMs > steadyMs) this.#row = { failures: 0 };
      if (watch.quietMs < (this.#state === 'live' ? settings.stallMs : Math.max(startMs, settings.stallMs))) continue;
      return await this.#endHung(stream, ended);
    }
    const liveMs = this.#liveMs();
    if (this.#state === 'live') this.#history.reconnect(clock.now(), false);
    const reason = classifyEnd(end);
    if (reason.class === 'codec' || reason.class === 'no-video') this.#around.prober.forget(this.#around.camera);
    return { ...reason, liveMs };
  }

  async #endHung(stream: Stream, ended: Promise<void>): Promise<Failure> {
    const { clock } = this.#around;
    const liveMs = this.#liveMs();
    if (this.#state === 'live') this.#history.reconnect(clock.now(), true);
    const reason = { class: 'frozen', message: reasonWords('frozen') } as const;
    this.#enter('stalled', reason);
    await stream.stop(true);
    await ended;
    return { ...reason, liveMs };
  }

  /** Waits until it is worth another try. */
  async #recover(failure: Failure): Promise<void> {
    const { clock, gate } = this.#around;
    const { target } = this.#job ?? {};
    if (target?.kind === 'pull' && !isTargetTrouble(failure.class)) this.#pullFailures += 1;
    const url = target?.kind === 'push' ? target.url : undefined;
    // Whatever it looks like from here: while the media server is away nothing else is worth telling or trying.
    if (url !== undefined && failure.class !== 'unauthorised' && !(await gate.check(url))) {
      this.#enter('unreachable', { class: 'media-server-away', message: reasonWords('media-server-away') });
      const forget = gate.whenBack(url, () => this.#pause.wake());
      while (!this.#isEnded && !this.#isRestartAsked && gate.isAway(url)) await this.#pause.wait(60 * second);
      forget();
      return;
    }
    if (this.#isEnded) return;
    const { delayMs, ...row } = backOff(failure.class, this.#row, failure.liveMs, this.#around.chance());
    this.#row = row;
    this.#nextTryAt = clock.now() + delayMs;
    this.#enter('unreachable', { class: failure.class, message: failure.message });
    const isAnswering = await this.#comeback.wait(delayMs, failure.class, () => this.#isEnded || this.#isRestartAsked);
    // It is coming up, and its first answers may fail: the pauses begin again with the short ones.
    if (isAnswering) this.#row = { failures: 0 };
    // A refused login is remembered until its pause is over.
    if (failure.class === 'unauthorised') this.#around.prober.forget(this.#around.camera);
  }

  #goLive(): void {
    this.#comeback.trust();
    this.#enter('live');
    this.#history.up(this.#since);
  }

  #liveMs(): number {
    return this.#state === 'live' ? Math.max(0, this.#around.clock.now() - this.#since) : 0;
  }

  #makeJob(): StreamJob {
    const { camera, path, settings, mediaServer } = this.#around;
    const mayPull = this.#pullFailures < mostPullFailures;
    return {
      path,
      camera,
      target: targetOf(camera, path, settings, mediaServer, this.#probe, mayPull),
      audio: camera.options.audio ?? settings.audio,
      encoder: settings.encoder,
    };
  }

  #enter(state: RestreamState, reason?: RestreamReason): void {
    if (state === this.#state && reason?.class === this.#reason?.class && reason?.message === this.#reason?.message)
      return;
    const before = this.#state;
    const now = this.#around.clock.now();
    this.#state = state;
    if (state !== before) this.#since = now;
    if (reason) this.#reason = reason;
    if (state !== 'unreachable') this.#nextTryAt = undefined;
    if (state === 'unreachable' || state === 'stalled') this.#history.down(now, this.#reason ?? unknown);
    if (state === 'stopped') this.#history.up(now);
    this.#around.changed(before);
  }
}

/** All cameras are looked at in the same turn: a runtime that sleeps in between costs less than one that wakes for each. */
function untilLookMs(nowMs: number): number {
  return lookMs - (nowMs % lookMs);
}

const unknown: RestreamReason = { class: 'unknown', message: reasonWords('unknown') };
