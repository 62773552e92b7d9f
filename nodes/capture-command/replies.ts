import type { CommandReply } from '../core/bus/command.ts';
import type { MessageBus } from '../core/bus/message-bus.ts';
import { readTopic } from '../core/bus/topics.ts';

export interface AgentReply {
  agent: string;
  reply: CommandReply;
}

/**
 * Listens for the answers to one command until `signal` is aborted. `agent` is one agent, or `+` for whoever answers.
 * Each agent is heard once.
 */
export function listenForReplies(
  bus: MessageBus,
  agent: string,
  id: string,
  signal: AbortSignal,
  onReply: (reply: AgentReply) => void,
): void {
  const heard = new Set<string>();
  const stop = bus.subscribe(`reelflow/${agent}/reply/${id}`, ({ topic, payload }) => {
    const place = readTopic(topic);
    const reply = readReply(payload);
    if (place?.scope !== 'agent' || !reply || heard.has(place.agent)) return;
    heard.add(place.agent);
    onReply({ agent: place.agent, reply });
  });
  signal.addEventListener('abort', stop, { once: true });
}

function readReply(payload: Uint8Array): CommandReply | undefined {
  try {
    const reply: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof reply === 'object' && reply !== null && 'ok' in reply ? (reply as CommandReply) : undefined;
  } catch {
    return undefined;
  }
}
