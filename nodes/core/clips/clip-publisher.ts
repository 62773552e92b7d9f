import type { MessageBus } from '../bus/message-bus.ts';
import { agentTopics } from '../bus/topics.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { ClipsDoor } from './clip.ts';
import { clipEventOf } from './clip-message.ts';

export interface ClipPublisherParts {
  clips: Pick<ClipsDoor, 'onOpen'>;
  bus: MessageBus;
  agent: string;
  clock: Pick<Clock, 'now'>;
}

/** Tells the bus what becomes of clips. The returned function ends it. */
export function publishClips({ clips, bus, agent, clock }: ClipPublisherParts): Dispose {
  const topic = agentTopics(agent).event('clip');
  let stopHearing: Dispose = () => {};
  const stopWaiting = clips.onOpen((open) => {
    stopHearing = open.onEvent((event) => {
      bus.publish(topic, clipEventOf(clock.now(), event), { qos: 1 });
    });
  });
  return () => {
    stopWaiting();
    stopHearing();
  };
}
