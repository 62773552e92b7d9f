import type { CommandReply } from '../core/bus/command.ts';
import { commandTopic } from '../core/bus/topics.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Station } from '../core/station.ts';
import { defineNode } from '../kit/define-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type CommandConfig, type CommandInput, commandConfig, commandInput } from './config.ts';
import { listenForReplies } from './replies.ts';

/** Only administrators make flows, so a flow may do what they may. */
const flow = { user: 'flow', role: 'admin', via: 'flow' } as const;

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-command', version: 1, config: commandConfig, open });
}

function open(site: NodeSite<CommandConfig>): NodeLife {
  const station = useStation();
  return {
    receive: async (message, send) => {
      const asked = read(message, site.config);
      const answer = (agent: string, reply: CommandReply): void => {
        site.show({ fill: reply.ok ? 'green' : 'red', shape: 'dot', text: `${agent}: ${wordOf(reply)}` });
        send({ ...message, topic: 'reply', payload: reply, agent });
      };
      site.show({ fill: 'blue', shape: 'ring', text: asked.verb });
      if (asked.target === '' || asked.target === station.agent) {
        answer(station.agent, await giveHere(station, asked));
        return;
      }
      await giveElsewhere(station, asked, site.closing, answer);
    },
  };
}

interface Asked {
  target: string;
  verb: string;
  id: string;
  args: Record<string, unknown>;
  at: number | undefined;
  timeoutMs: number;
}

/** Throws INPUT_INVALID, MESSAGE_INVALID. */
function read(message: NodeMessage, config: CommandConfig): Asked {
  const { target, verb, timeoutSeconds } = config;
  const map = { target: 'target', verb: 'verb', timeoutSeconds: 'timeoutSeconds', id: 'commandId', at: 'at' } as const;
  const { values } = mergeInput<CommandInput>(message, { target, verb, timeoutSeconds }, map, commandInput);
  const { payload = {} } = message;
  // Whatever an inject node sends by itself (a time, an empty text) stands for a command without arguments.
  const isNothing = payload === '' || payload === null || typeof payload === 'number' || typeof payload === 'boolean';
  if (!isNothing && (typeof payload !== 'object' || Array.isArray(payload))) {
    throw new ReelflowError('MESSAGE_INVALID', "payload: must be an object with the command's arguments", {
      field: 'payload',
    });
  }
  return {
    target: values.target,
    verb: values.verb,
    id: values.id ?? crypto.randomUUID(),
    args: isNothing ? {} : (payload as Record<string, unknown>),
    at: typeof values.at === 'string' ? Date.parse(values.at) : values.at,
    timeoutMs: values.timeoutSeconds * 1000,
  };
}

/** Our own agent is asked directly: that works while the broker is away, too. */
function giveHere({ commands }: Station, { id, verb, args, at, timeoutMs }: Asked): Promise<CommandReply> {
  const request = { id, verb, args, ...(at === undefined ? {} : { at }) };
  return within(waitMs(timeoutMs, at), verb, commands.dispatch(request, flow));
}

async function giveElsewhere(
  { bus }: Station,
  asked: Asked,
  closing: AbortSignal,
  answer: (agent: string, reply: CommandReply) => void,
): Promise<void> {
  const { id, target, verb, at, timeoutMs } = asked;
  const topic = commandTopic(target, verb);
  if (!bus.isConnected) {
    throw new ReelflowError('BUS_AWAY', `the broker can not be reached, so ${target} was not asked`, {
      isRetryable: true,
    });
  }
  const isOne = target !== 'all' && !target.startsWith('group/');
  const { promise: first, resolve } = Promise.withResolvers<boolean>();
  const ended = new AbortController();
  const stop = AbortSignal.any([ended.signal, closing]);
  stop.addEventListener('abort', () => resolve(false), { once: true });
  let replies = 0;
  listenForReplies(bus, isOne ? target : '+', id, stop, ({ agent, reply }) => {
    replies += 1;
    answer(agent, reply);
    if (isOne) resolve(true);
  });
  const timer = setTimeout(() => resolve(false), waitMs(timeoutMs, at));
  const when = at === undefined ? {} : { at: new Date(at).toISOString() };
  bus.publish(topic, { ...asked.args, id, ...when }, { qos: 1 });
  try {
    // All and groups: how many there are is not known, so answers are taken until the time is over.
    await first;
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
  if (replies > 0 || closing.aborted) return;
  throw new ReelflowError('COMMAND_TIMEOUT', `${target} did not answer ${verb} within ${timeoutMs / 1000} s`, {
    isRetryable: true,
  });
}

/** The answer to a command for later comes later. */
function waitMs(timeoutMs: number, at: number | undefined): number {
  return timeoutMs + Math.max(0, (at ?? 0) - Date.now());
}

async function within(limitMs: number, verb: string, reply: Promise<CommandReply>): Promise<CommandReply> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ReelflowError('COMMAND_TIMEOUT', `${verb} had no result in time`, { isRetryable: true })),
    limitMs,
  );
  try {
    return await Promise.race([reply, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function wordOf(reply: CommandReply): string {
  return reply.ok ? 'ok' : reply.error.code;
}
