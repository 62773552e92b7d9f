import type { Recording } from '../recording/recording.ts';
import type { Dispose } from '../time/clock.ts';
import type { CoreContact } from './opencast-core.ts';
import type { QueuedState } from './state-queue.ts';
import type { AgentState, RecordingState } from './states.ts';

/** Settings of one capture-opencast-agent node. */
export interface AgentSettings {
  /** Node id. */
  agentId: string;
  /** Id of the capture-opencast node. */
  coreId: string;
  /** Name at the core. */
  name: string;
  /** URL of this station's own page, shown in the core's admin interface; empty: none. */
  address: string;
  /** Camera names that the core may choose among. */
  inputs: readonly string[];
  /** The state is told again after this long, changed or not. */
  heartbeatMs: number;
  /** IANA name. */
  timeZone: string;
  /** Further keys of the configuration. */
  extra: Readonly<Record<string, string>>;
}

/** What the core was told, or why it could not be. */
export type AgentNotice =
  | { kind: 'agent-state'; state: AgentState; at: number }
  | { kind: 'configuration'; configuration: Record<string, string>; at: number }
  /** `isKnown` is false where the core has no event of this id: recordings started by hand. */
  | { kind: 'recording-state'; eventId: string; state: RecordingState; isKnown: boolean; at: number }
  /** Not told, and not tried again: the core refused it. */
  | { kind: 'refused'; eventId: string; state: RecordingState; message: string; at: number };

export interface AgentView {
  agentId: string;
  name: string;
  /** URL of the core; absent while its node is missing. */
  coreUrl?: string;
  isBackup: boolean;
  /** Camera names that the core may choose among. */
  inputs: readonly string[];
  /** What it is now. */
  state: AgentState;
  /** What the core knows; absent: nothing yet. */
  toldState?: AgentState;
  /** Recording states that wait for the core. */
  waiting: number;
  contact: CoreContact;
}

export interface AgentListeners {
  onNotice(notice: AgentNotice): void;
  onView(view: AgentView): void;
}

/** The capture agents of a station: they go on while their nodes are deployed anew. */
export interface OpencastAgents {
  attach(settings: AgentSettings, listeners: AgentListeners): AgentPlace;
  list(): AgentView[];
  /** The recording states that wait for the core, the oldest first. Empty for an unknown agent. */
  waiting(agentId: string): readonly QueuedState[];
  onChange(listener: (view: AgentView) => void): Dispose;
}

export interface AgentPlace {
  /** From now on the core is told how it goes with this recording, to its end. */
  follow(recording: Recording): void;
  /** Settles when the core was told `offline`, or could not be within 4 s, where the agent or the station ends. */
  detach(isRemoved: boolean): Promise<void>;
}
