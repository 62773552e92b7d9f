import { z } from 'zod';
import { ReelflowError } from '../core/errors.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type CommandInConfig, commandInConfig } from './config.ts';
import { OpenCommands } from './open-commands.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-command-in', version: 1, config: commandInConfig, open });
}

function open(site: NodeSite<CommandInConfig>): NodeLife {
  const { verb, role, answer, timeoutSeconds } = site.config;
  if (verb === '') throw new ReelflowError('CONFIG_INVALID', 'verb: is missing, such as lamp/on', { field: 'verb' });
  const waiting = new OpenCommands();
  const timeoutMs = timeoutSeconds * 1000;
  const show = (): void => {
    const isBusy = waiting.size > 0;
    site.show({
      fill: isBusy ? 'blue' : 'green',
      shape: isBusy ? 'dot' : 'ring',
      text: isBusy ? `${waiting.size}` : verb,
    });
  };
  useStation().commands.register(
    {
      verb,
      role,
      summary: site.name,
      args: z.record(z.string(), z.unknown()),
      // The flow's own limit comes first, so that its answer says what was late.
      timeoutMs: timeoutMs + 1000,
      run: async (args, { user, role: senderRole, via }, request) => {
        const commandKey = crypto.randomUUID();
        const payload = { id: request.id, verb: request.verb, args, user, role: senderRole, via };
        const result = answer === 'flow' ? waiting.wait(commandKey, timeoutMs) : Promise.resolve(null);
        site.send({ topic: 'command', payload, commandKey });
        show();
        try {
          return await result;
        } finally {
          show();
        }
      },
    },
    site.closing,
  );
  show();
  return {
    receive: (message) => take(message, waiting),
    close: () => waiting.close(),
  };
}

/** A message of the flow that came back: its payload is the result, `msg.error` a refusal. */
function take(message: NodeMessage, waiting: OpenCommands): void {
  const { commandKey, payload, error } = message;
  if (typeof commandKey !== 'string') {
    throw new ReelflowError('MESSAGE_INVALID', 'msg.commandKey is missing: pass the message on that this node sent', {
      field: 'commandKey',
    });
  }
  const isKnown = error
    ? waiting.refuse(commandKey, refusalOf(error))
    : waiting.answer(commandKey, payload === undefined ? null : payload);
  if (!isKnown) {
    throw new ReelflowError('COMMAND_OVER', 'this command was answered already, or the answer took too long');
  }
}

/** As a Catch node gives it, or a sentence of the flow's own. */
function refusalOf(error: unknown): ReelflowError {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const words = typeof error === 'string' ? error : typeof message === 'string' ? message : 'the flow refused';
  return new ReelflowError(typeof code === 'string' && code !== '' ? code : 'FLOW_REFUSED', words);
}
