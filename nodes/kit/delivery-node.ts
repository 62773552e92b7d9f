import { z } from 'zod';
import type { DeliveryOverrides, DeliverySettings } from '../core/delivery/deliveries.ts';
import { defaultNameTemplate, templateProblem } from '../core/delivery/name-template.ts';
import { recordingStates } from '../core/recording/recording.ts';
import { deliveryStatus } from './delivery-status.ts';
import type { NodeLife, NodeMessage, NodeSite } from './node-spec.ts';
import { readAs } from './plain-issue.ts';
import { useStation } from './station.ts';

/** How the files of a delivery are called. */
export const nameTemplateField = z
  .string()
  .trim()
  .default(defaultNameTemplate)
  .transform((template) => template || defaultNameTemplate)
  .superRefine((template, context) => {
    const problem = templateProblem(template);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

/** What is needed of a recording message; the rest is read from the station itself, where it is up to date. */
const recordingPayload = z.looseObject({
  id: z.string().min(1),
  state: z.enum(recordingStates),
  delivery: z.looseObject({ deliverId: z.string() }).optional(),
});

/** The id of a recording that is to be delivered; undefined for one in another state. Throws MESSAGE_INVALID. */
export function recordedIn(message: NodeMessage): string | undefined {
  const { id, state } = read(message);
  return state === 'recorded' ? id : undefined;
}

/**
 * The life of a node that delivers finished recordings: they come in, go out of output 1 when they are delivered, and output 2
 * tells the progress.
 *
 * @param overridesOf what a message wants otherwise than the settings
 */
export function openDelivery(
  site: Pick<NodeSite<unknown>, 'id' | 'send' | 'show'>,
  settings: DeliverySettings,
  overridesOf: (message: NodeMessage) => DeliveryOverrides,
): NodeLife {
  const { deliveries } = useStation();
  let lastTitle: string | undefined;
  const show = (): void => site.show(deliveryStatus(deliveries.progress(), site.id, lastTitle));
  const detach = deliveries.attach(settings, {
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
    receive: (message, send) => {
      const { id, state, delivery } = read(message);
      if (state === 'recorded') {
        deliveries.deliver(site.id, id, overridesOf(message));
        show();
        return;
      }
      // The recorder tells of our own delivery too; output 1 has said it already.
      const isOwn = delivery?.deliverId === site.id && (state === 'delivering' || state === 'delivered');
      if (!isOwn) send(message);
    },
    close: (isRemoved) => detach(isRemoved),
  };
}

function read(message: NodeMessage): z.infer<typeof recordingPayload> {
  return readAs(recordingPayload, message.payload, 'MESSAGE_INVALID', ['payload']);
}
