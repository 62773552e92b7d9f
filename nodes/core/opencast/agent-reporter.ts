import type { CameraRegistry } from '../camera/camera-registry.ts';
import type { Disk } from '../disk/disk.ts';
import { toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import { agentConfiguration } from './agent-configuration.ts';
import type { AgentNotice, AgentSettings } from './agents.ts';
import type { OpencastCore } from './opencast-core.ts';
import type { AgentState } from './states.ts';

export interface ReporterSurroundings {
  cameras: CameraRegistry;
  disk: Disk;
  clock: Clock;
  log: Log;
  version: string;
}

/** The free disk in it changes; and somebody may have removed the agent at the core. */
const configurationEveryMs = 10 * 60_000;
const goodbyeMs = 4000;
const shutdownMs = 1500;

/** What the core knows of one agent itself: its configuration and its state. */
export class AgentReporter {
  readonly #around: ReporterSurroundings;
  readonly #notify: (notice: AgentNotice) => void;
  #told: { state: AgentState; address: string } | undefined;
  /** What a core shows of us until it is told otherwise. */
  #registered: { name: string; address: string } | undefined;
  #configured: { key: string; atMonotonicMs: number } | undefined;
  #isHeartbeatDue = true;

  constructor(around: ReporterSurroundings, notify: (notice: AgentNotice) => void) {
    this.#around = around;
    this.#notify = notify;
  }

  get toldState(): AgentState | undefined {
    return this.#told?.state;
  }

  heartbeatIsDue(): void {
    this.#isHeartbeatDue = true;
  }

  /** It may be another core: whether that knows us is not known. */
  forget(): void {
    this.#told = undefined;
    this.#configured = undefined;
    this.#isHeartbeatDue = true;
  }

  /** Tells what has changed or is due again. The configuration first: it makes the agent known with its inputs. */
  async report(core: OpencastCore, settings: AgentSettings, state: AgentState, abort: AbortSignal): Promise<void> {
    await this.#reportConfiguration(core, settings, abort);
    const { name, address } = settings;
    const isTold = this.#told?.state === state && this.#told.address === address;
    if (isTold && !this.#isHeartbeatDue) return;
    await core.setAgentState(name, { state, ...(address !== '' && { address }) }, abort);
    this.#isHeartbeatDue = false;
    this.#told = { state, address };
    this.#registered = { name, address };
    if (!isTold) this.#notify({ kind: 'agent-state', state, at: this.#around.clock.now() });
  }

  /** Otherwise the core would show an agent that is no more as idle for two hours. Takes 4 s at most, never rejects. */
  async sayGoodbye(core: OpencastCore | undefined): Promise<void> {
    const registered = this.#registered;
    this.forget();
    this.#registered = undefined;
    if (!core || !registered || core.isBackup) return;
    const abort = AbortSignal.timeout(goodbyeMs);
    const soon = AbortSignal.any([abort, AbortSignal.timeout(shutdownMs)]);
    const wasAway = core.contact.lastError !== undefined;
    if (!wasAway) await this.#tellLast(core, registered, 'shutting_down', soon);
    // A core that is away is asked once more, but not waited for.
    const isAway = core.contact.lastError !== undefined;
    if (wasAway || !isAway) await this.#tellLast(core, registered, 'offline', wasAway ? soon : abort);
  }

  async #tellLast(
    core: OpencastCore,
    { name, address }: { name: string; address: string },
    state: AgentState,
    abort: AbortSignal,
  ): Promise<void> {
    try {
      await core.setAgentState(name, { state, ...(address !== '' && { address }) }, abort);
    } catch (error) {
      this.#around.log.info(`opencast agent "${name}": ${state} was not told: ${toReelflowError(error).message}`);
    }
  }

  async #reportConfiguration(core: OpencastCore, settings: AgentSettings, abort: AbortSignal): Promise<void> {
    const { cameras, disk, clock, version } = this.#around;
    const { inputs, timeZone, extra, name } = settings;
    const offered = inputs.map((input) => ({ name: input, flavor: cameras.get(input)?.flavor ?? 'presenter/source' }));
    const facts = { inputs: offered, timeZone, extra, version };
    const key = JSON.stringify(agentConfiguration({ ...facts, freeBytes: undefined }));
    const isNews = this.#configured?.key !== key;
    const ageMs = clock.monotonicMs() - (this.#configured?.atMonotonicMs ?? 0);
    if (!isNews && ageMs < configurationEveryMs) return;
    const usage = await disk.usage().catch(() => undefined);
    const configuration = agentConfiguration({ ...facts, freeBytes: usage?.freeBytes });
    await core.setConfiguration(name, configuration, abort);
    this.#configured = { key, atMonotonicMs: clock.monotonicMs() };
    if (isNews) this.#notify({ kind: 'configuration', configuration, at: clock.now() });
  }
}
