import type { Alarms } from '../alarms/alarms.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Recording } from '../recording/recording.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { KeyValueStore } from '../state/key-value-store.ts';
import type { Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import { agentStateOf, faultAfterMs, isUncaptured } from './agent-condition.ts';
import { AgentReporter, type ReporterSurroundings } from './agent-reporter.ts';
import type { AgentNotice, AgentSettings, AgentView } from './agents.ts';
import type { OpencastCore } from './opencast-core.ts';
import type { OpencastCores } from './opencast-cores.ts';
import { isClosed, missedBefore, recordingStateOf } from './recording-progress.ts';
import { RecordingStateSender } from './recording-state-sender.ts';
import { RetryLane } from './retry-lane.ts';
import { type QueuedState, StateQueue } from './state-queue.ts';
import type { AgentState } from './states.ts';

export interface AgentSurroundings extends ReporterSurroundings {
  cores: OpencastCores;
  recordings: Pick<Recordings, 'get' | 'onChange' | 'onRemove'>;
  alarms: Alarms;
  facts: KeyValueStore;
  loop: InstantLoop;
}

export interface AgentHearers {
  onNotice: (notice: AgentNotice) => void;
  onView: (view: AgentView) => void;
}

/**
 * One capture agent: works out what the core should know and has it told, in the background. Two lanes, so that a
 * recording state that waits does not hold up the agent's own. Nothing here is ever awaited by a capture.
 */
export class LiveAgent {
  readonly #around: AgentSurroundings;
  readonly #hearers: AgentHearers;
  readonly #queue: StateQueue;
  readonly #reporter: AgentReporter;
  readonly #sender: RecordingStateSender;
  readonly #agentLane: RetryLane;
  readonly #recordingLane: RetryLane;
  readonly #disposables: Dispose[];
  #settings: AgentSettings;
  #heartbeat: Dispose = () => {};
  #unlistenCore: Dispose = () => {};
  #lookAgain: Dispose | undefined;
  #core: OpencastCore | undefined;
  #registeredAt: OpencastCore | undefined;
  #state: AgentState = 'idle';
  #goodbye: Promise<void> | undefined;

  constructor(settings: AgentSettings, around: AgentSurroundings, hearers: AgentHearers) {
    const { recordings, alarms, loop, facts, clock, cores, cameras } = around;
    this.#settings = settings;
    this.#around = around;
    this.#hearers = hearers;
    this.#queue = new StateQueue(facts, settings.agentId);
    const notify = (notice: AgentNotice) => hearers.onNotice(notice);
    this.#reporter = new AgentReporter(around, notify);
    this.#sender = new RecordingStateSender({ queue: this.#queue, clock, notify });
    this.#agentLane = new RetryLane({
      loop,
      work: (abort) => this.#tellAgent(abort),
      onFailure: (error) => this.#agentFailed(error),
    });
    this.#recordingLane = new RetryLane({
      loop,
      work: (abort) => this.#tellRecordings(abort),
      onFailure: ({ message }) => around.log.debug(`Opencast agent "${settings.name}": recording states: ${message}`),
    });
    this.#disposables = [
      recordings.onChange((recording) => {
        if (this.#queue.isFollowed(recording.id)) this.#look([recording]);
      }),
      recordings.onRemove(({ id }) => this.#guard(() => this.#queue.unfollow(id))),
      alarms.onChange(() => this.#look()),
      cores.onChange(() => this.#findCore()),
      cameras.onChange(() => this.#agentLane.poke()),
    ];
    this.#findCore();
    this.#beat();
    this.#look();
    this.#agentLane.poke();
  }

  get view(): AgentView {
    const { agentId, name, inputs } = this.#settings;
    const { toldState } = this.#reporter;
    return {
      agentId,
      name,
      ...(this.#core && { coreUrl: this.#core.url }),
      isBackup: this.#core?.isBackup ?? false,
      inputs,
      state: this.#state,
      ...(toldState && { toldState }),
      waiting: this.#queue.length,
      contact: this.#core?.contact ?? {},
    };
  }

  get waiting(): readonly QueuedState[] {
    return this.#queue.list();
  }

  configure(settings: AgentSettings): void {
    const before = this.#settings;
    const isOther = before.name !== settings.name || before.coreId !== settings.coreId;
    if (isOther) void this.#reporter.sayGoodbye(this.#registeredAt);
    this.#settings = settings;
    this.#findCore();
    this.#beat();
    this.#look();
    this.#agentLane.wake();
  }

  follow(recording: Recording): void {
    if (isClosed(recording) && !this.#queue.isFollowed(recording.id)) return;
    this.#guard(() => this.#queue.follow(recording.id));
    this.#look([this.#around.recordings.get(recording.id) ?? recording]);
  }

  /** Ends it; the core is told within 4 s or not at all. Never rejects. */
  end(isForgotten: boolean): Promise<void> {
    this.#goodbye ??= this.#end(isForgotten);
    return this.#goodbye;
  }

  async #end(isForgotten: boolean): Promise<void> {
    for (const dispose of [...this.#disposables, this.#heartbeat, this.#unlistenCore]) dispose();
    this.#lookAgain?.();
    this.#agentLane.stop();
    this.#recordingLane.stop();
    this.#around.alarms.clear(this.#alarmKey);
    if (isForgotten) this.#guard(() => this.#queue.forget());
    await this.#reporter.sayGoodbye(this.#registeredAt);
  }

  #findCore(): void {
    const core = this.#around.cores.get(this.#settings.coreId);
    if (core === this.#core) return;
    this.#unlistenCore();
    this.#core = core;
    // While its node is away the old one is still who knows us, and who is told when the agent goes as well.
    this.#registeredAt = core ?? this.#registeredAt;
    this.#unlistenCore = core?.onContact(() => this.#contactChanged()) ?? (() => {});
    if (core) {
      this.#reporter.forget();
      this.#agentLane.wake();
      this.#recordingLane.wake();
    }
    this.#viewChanged();
  }

  #contactChanged(): void {
    if (this.#core?.contact.lastError === undefined) {
      this.#agentLane.wake();
      this.#recordingLane.wake();
    }
    this.#viewChanged();
  }

  #beat(): void {
    this.#heartbeat();
    this.#heartbeat = this.#around.loop.every(this.#settings.heartbeatMs, () => {
      this.#reporter.heartbeatIsDue();
      this.#agentLane.poke();
    });
  }

  #followed(): Recording[] {
    return this.#queue.followed().flatMap((id) => this.#around.recordings.get(id) ?? []);
  }

  /** Something changed that may make a difference. A database that fails is logged, and keeps no capture from going on. */
  #look(recordings?: readonly Recording[]): void {
    this.#guard(() => {
      for (const recording of recordings ?? this.#followed()) this.#queueState(recording);
      this.#setState();
    });
    const isYoung = ({ since, severity }: { since: number; severity: string }) =>
      severity === 'error' && this.#around.clock.now() - since < faultAfterMs;
    if (this.#lookAgain || !this.#around.alarms.list().some(isYoung)) return;
    this.#lookAgain = this.#around.loop.after(1000, () => {
      this.#lookAgain = undefined;
      this.#look();
    });
  }

  #queueState(recording: Recording): void {
    const { alarms, clock } = this.#around;
    // The core could not know it yet: it is told when it does.
    if (this.#core?.isBackup || recording.booking?.state === 'pending') return;
    const now = clock.now();
    const next = recordingStateOf(recording, this.#core?.url, isUncaptured(recording, { alarms: alarms.list(), now }));
    const said = this.#queue.said(recording.id);
    if (next && next !== said && !this.#isSequel(recording)) {
      const eventId = recording.event.uid;
      for (const state of [...missedBefore(next, said), next]) {
        this.#queue.add(recording.id, { eventId, state, at: now });
      }
      this.#recordingLane.poke();
      this.#viewChanged();
    }
    if (isClosed(recording)) this.#queue.unfollow(recording.id);
  }

  /** An event that went on after its end has a second recording: what the core is told of the event is the first. */
  #isSequel({ id, event, createdAt }: Recording): boolean {
    return this.#followed().some((one) => one.id !== id && one.event.uid === event.uid && one.createdAt < createdAt);
  }

  #setState(): void {
    const { alarms, clock } = this.#around;
    const state = agentStateOf({
      recordings: this.#followed(),
      alarms: alarms.list(),
      inputs: this.#settings.inputs,
      coreUrl: this.#core?.url,
      now: clock.now(),
    });
    if (state === this.#state) return;
    this.#state = state;
    this.#agentLane.poke();
    this.#viewChanged();
  }

  async #tellAgent(abort: AbortSignal): Promise<void> {
    const core = this.#needCore();
    const state = this.#state;
    if (!core.isBackup) await this.#reporter.report(core, this.#settings, state, abort);
    this.#around.alarms.clear(this.#alarmKey);
    this.#viewChanged();
  }

  async #tellRecordings(abort: AbortSignal): Promise<void> {
    if (this.#queue.length === 0) return;
    const core = this.#needCore();
    if (!core.isBackup) await this.#sender.sendAll(core, abort);
    this.#viewChanged();
  }

  #needCore(): OpencastCore {
    if (this.#core) return this.#core;
    throw new ReelflowError('OPENCAST_MISSING', 'its Opencast core is not set up: look at its capture-opencast node', {
      isRetryable: true,
    });
  }

  #agentFailed({ code, message }: { code: string; message: string }): void {
    const { alarms, log } = this.#around;
    const text = `Opencast agent "${this.#settings.name}": ${message}`;
    const isNews = !alarms.list().some((alarm) => alarm.key === this.#alarmKey && alarm.message === text);
    if (isNews) log.warn(`${text} (${code})`);
    alarms.raise(this.#alarmKey, { severity: 'warning', code, message: text });
    this.#viewChanged();
  }

  get #alarmKey(): string {
    return `opencast:${this.#settings.agentId}`;
  }

  #viewChanged(): void {
    this.#hearers.onView(this.view);
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#around.log.error(`Opencast agent "${this.#settings.name}": ${toReelflowError(error).message}`);
    }
  }
}
