import { isDeepStrictEqual } from 'node:util';
import { toReelflowError } from '../errors.ts';
import type { Dispose } from '../time/clock.ts';
import type { AgentListeners, AgentPlace, AgentSettings, AgentView, OpencastAgents } from './agents.ts';
import { type AgentSurroundings, LiveAgent } from './live-agent.ts';
import type { QueuedState } from './state-queue.ts';

interface Member {
  agent: LiveAgent;
  listeners?: AgentListeners;
  leave: Dispose;
  lastView?: AgentView;
}

/** A node that does not come back within this time was deleted or disabled, not deployed anew. */
const leaveMs = 60_000;

/** The capture agents of a station. */
export class AgentService implements OpencastAgents {
  readonly #around: AgentSurroundings;
  readonly #members = new Map<string, Member>();
  readonly #watchers = new Set<(view: AgentView) => void>();
  #isClosing = false;

  constructor(around: AgentSurroundings) {
    this.#around = around;
  }

  attach(settings: AgentSettings, listeners: AgentListeners): AgentPlace {
    const member = this.#enter(settings);
    member.listeners = listeners;
    return {
      follow: (recording) => member.agent.follow(recording),
      detach: (isRemoved) => this.#detach(settings.agentId, member, listeners, isRemoved),
    };
  }

  list(): AgentView[] {
    return [...this.#members.values()].map(({ agent }) => agent.view);
  }

  waiting(agentId: string): readonly QueuedState[] {
    return this.#members.get(agentId)?.agent.waiting ?? [];
  }

  onChange(listener: (view: AgentView) => void): Dispose {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Says goodbye for all; what waits stays on the disk. Never rejects, takes 4 s at most. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#members.values()].map(({ agent }) => agent.end(false)));
  }

  #enter(settings: AgentSettings): Member {
    const known = this.#members.get(settings.agentId);
    if (known) {
      known.leave();
      known.agent.configure(settings);
      return known;
    }
    // The agent tells of itself while it is made: nobody listens yet.
    const waiting: { member?: Member } = {};
    const agent = new LiveAgent(settings, this.#around, {
      onNotice: (notice) => this.#guard(() => waiting.member?.listeners?.onNotice(notice)),
      onView: (view) => this.#viewChanged(waiting.member, view),
    });
    const member: Member = { agent, leave: () => {} };
    waiting.member = member;
    this.#members.set(settings.agentId, member);
    return member;
  }

  async #detach(agentId: string, member: Member, listeners: AgentListeners, isRemoved: boolean): Promise<void> {
    if (member.listeners !== listeners) return;
    delete member.listeners;
    if (this.#isClosing || isRemoved) {
      if (!this.#isClosing) this.#members.delete(agentId);
      await member.agent.end(isRemoved);
      return;
    }
    member.leave = this.#around.loop.after(leaveMs, () => {
      this.#members.delete(agentId);
      void member.agent.end(false);
    });
  }

  #viewChanged(member: Member | undefined, view: AgentView): void {
    if (!member || isDeepStrictEqual(member.lastView, view)) return;
    member.lastView = view;
    this.#guard(() => member.listeners?.onView(view));
    for (const watcher of this.#watchers) this.#guard(() => watcher(view));
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#around.log.error(`opencast agent: ${toReelflowError(error).message}`);
    }
  }
}
