import { z } from 'zod';
import { ReelflowError } from '../core/errors.ts';
import type { IngestOverrides } from '../core/ingest/ingests.ts';
import { recordingStates } from '../core/recording/recording.ts';
import { defineNode } from '../kit/define-node.ts';
import { useIngests } from '../kit/ingests.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { readAs } from '../kit/plain-issue.ts';
import { type IngestConfig, ingestConfig, ingestInput } from './config.ts';
import { settingsOf } from './settings.ts';
import { statusOf } from './status.ts';

/** What is needed of a recording message; the rest is read from the station itself, where it is up to date. */
const recordingPayload = z.looseObject({
  id: z.string().min(1),
  state: z.enum(recordingStates),
  isOnHold: z.boolean().default(false),
  delivery: z.looseObject({ deliverId: z.string() }).optional(),
});

const requestPayload = z.object({ action: z.enum(['upload', 'cancel']), id: z.string().min(1) });

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-ingest', version: 1, config: ingestConfig, open });
}

function open(site: NodeSite<IngestConfig>): NodeLife {
  const ingests = useIngests();
  const settings = settingsOf(site);
  if (settings.coreId === '') {
    throw new ReelflowError('OPENCAST_MISSING', 'no Opencast is chosen: open the node and choose or add one', {
      field: 'core',
    });
  }
  let lastTitle: string | undefined;
  const show = (): void => site.show(statusOf(ingests.progress(), site.id, lastTitle));
  const detach = ingests.attach(settings, {
    onDelivered: (recording) => {
      lastTitle = recording.title;
      site.send({ topic: 'recording', payload: recording }, null);
      show();
    },
    onProgress: (progress) => {
      site.send(null, { topic: 'progress', payload: progress });
      show();
    },
  });
  show();
  return {
    receive: async (message, send) => {
      if (isRequest(message)) {
        const { action, id } = readAs(requestPayload, message.payload, 'MESSAGE_INVALID', ['payload']);
        if (action === 'upload') ingests.upload(id);
        else await ingests.cancel(id);
        show();
        return;
      }
      const { id, state, isOnHold, delivery } = readAs(recordingPayload, message.payload, 'MESSAGE_INVALID', [
        'payload',
      ]);
      // On hold: its upload was cancelled. The recorder tells that it is `recorded` again.
      if (state === 'recorded' && !isOnHold) {
        ingests.accept(site.id, id, overridesOf(message));
        show();
        return;
      }
      // The recorder tells of our own upload too; output 1 has said it already.
      const isOwn = delivery?.deliverId === site.id && (state === 'delivering' || state === 'delivered');
      if (!isOwn) send(message);
    },
    close: (isRemoved) => detach(isRemoved),
  };
}

function isRequest({ payload }: NodeMessage): boolean {
  return typeof payload === 'object' && payload !== null && 'action' in payload;
}

function overridesOf(message: NodeMessage): IngestOverrides {
  const map = { workflow: 'workflow', parameters: 'workflowParameters', isOnHold: 'hold' } as const;
  const { values, sources } = mergeInput(message, {}, map, ingestInput);
  return {
    ...(sources.workflow === 'message' && values.workflow ? { workflowDefinitionId: values.workflow } : {}),
    ...(sources.parameters === 'message' ? { workflowParameters: values.parameters } : {}),
    ...(sources.isOnHold === 'message' ? { isOnHold: values.isOnHold } : {}),
  };
}
