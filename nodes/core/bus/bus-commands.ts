import { ReelflowError, toReelflowError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Dispose } from '../time/clock.ts';
import type { CommandReply, Commands, Role } from './command.ts';
import type { Groups } from './groups.ts';
import type { BusMessage, MessageBus } from './message-bus.ts';
import { commandId, commandMessage } from './messages.ts';
import { readArguments } from './read-arguments.ts';
import { type AgentTopics, agentTopics, readTopic } from './topics.ts';

export interface BusCommandSurroundings {
  bus: MessageBus;
  commands: Commands;
  agent: string;
  groups: Groups;
  log: Log;
  /**
   * Role of a sender that the bus can not tell: an external broker decides by its own rules who may publish commands,
   * and MQTT 3.1.1 does not say who did. What needs an admin then goes over HTTP. Default: operator.
   */
  unknownSenderRole?: Role;
}

const largestBytes = 64 * 1024;
const mostAtOnce = 100;
/** Stands for an id that can not be a topic, or that was not given. */
const noId = 'invalid';

/** Commands that come over the bus, to this agent, to all, or to a group it is in. Every one is answered. */
export class BusCommands {
  readonly #around: BusCommandSurroundings;
  readonly #topics: AgentTopics;
  #underWay = 0;

  constructor(around: BusCommandSurroundings) {
    this.#around = around;
    this.#topics = agentTopics(around.agent);
  }

  start(): Dispose {
    const { bus, agent } = this.#around;
    const filters = [`reelflow/${agent}/command/#`, 'reelflow/all/command/#', 'reelflow/group/+/command/#'];
    const subscriptions = filters.map((filter) => bus.subscribe(filter, (message) => this.#take(message)));
    return () => {
      for (const dispose of subscriptions) dispose();
    };
  }

  #take(message: BusMessage): void {
    // A kept command is of another time; an empty one is how a kept one is taken back.
    if (message.isRetained || message.payload.byteLength === 0) return;
    const place = readTopic(message.topic);
    if (!place || (place.scope === 'group' && !this.#around.groups.has(place.group))) return;
    this.#answer(message, place.rest).then(
      (reply) => this.#around.bus.publish(this.#topics.reply(reply.id), reply, { qos: 1 }),
      (error: unknown) => this.#around.log.error(`command ${place.rest}: ${toReelflowError(error).message}`),
    );
  }

  async #answer(message: BusMessage, verb: string): Promise<CommandReply> {
    let id = noId;
    try {
      const body = readJson(message.payload);
      const given = commandId.safeParse(Object(body)['id']);
      if (given.success) id = given.data;
      const { id: _id, at, ...args } = readArguments(commandMessage, body);
      if (this.#underWay >= mostAtOnce) {
        throw new ReelflowError('TOO_MANY_COMMANDS', `${mostAtOnce} commands are under way; try again later`);
      }
      this.#underWay += 1;
      try {
        const caller = {
          user: message.sender ?? 'mqtt',
          role: message.senderRole ?? this.#around.unknownSenderRole ?? 'operator',
          via: 'mqtt',
        } as const;
        const when = at === undefined ? {} : { at: Date.parse(at) };
        return await this.#around.commands.dispatch({ id, verb, args, ...when }, caller);
      } finally {
        this.#underWay -= 1;
      }
    } catch (error) {
      const { code, message: words, field } = toReelflowError(error);
      return { id, ok: false, error: { code, message: words, ...(field === undefined ? {} : { field }) } };
    }
  }
}

function readJson(payload: Uint8Array): unknown {
  if (payload.byteLength > largestBytes) {
    throw new ReelflowError('COMMAND_TOO_LARGE', `a command may have ${largestBytes} bytes`);
  }
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new ReelflowError('COMMAND_MALFORMED', 'a command is a JSON object in UTF-8, such as {"id":"a1"}');
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new ReelflowError('COMMAND_MALFORMED', 'a command is a JSON object, such as {"id":"a1"}');
}
