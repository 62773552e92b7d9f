import type { MessageBus } from '../bus/message-bus.ts';
import { agentTopics } from '../bus/topics.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { Archive, ArchiveDoor, ArchiveEvent } from './archive.ts';
import { channelEventOf, chunkEventOf } from './archive-message.ts';

/** A back-fill stores a day of chunks in some minutes; hundreds of channels have one a minute each. */
const eventsPerMinute = 600;
const minuteMs = 60_000;

export interface ArchivePublisherParts {
  archive: Pick<ArchiveDoor, 'onOpen'>;
  bus: MessageBus;
  agent: string;
  clock: Clock;
  loop: Pick<InstantLoop, 'every'>;
}

/** Tells the bus what becomes of the chunks of live channels. The returned function ends it. */
export function publishArchive({ archive, bus, agent, clock, loop }: ArchivePublisherParts): Dispose {
  const topics = agentTopics(agent);
  let eventsLeft = eventsPerMinute;
  const tell = (kind: 'chunk' | 'channel', message: object): void => {
    eventsLeft -= 1;
    if (eventsLeft >= 0) bus.publish(topics.event(kind), message, { qos: 1 });
  };
  const hear = (event: ArchiveEvent): void => {
    if (event.kind === 'chunk') {
      const message = chunkEventOf(clock.now(), event.chunk, event.before);
      if (message) tell('chunk', message);
    } else if (event.kind === 'trouble') tell('channel', channelEventOf(clock.now(), event.name, event.trouble));
  };
  let stopHearing: Dispose = () => {};
  const disposables = [
    archive.onOpen((open: Archive) => {
      stopHearing = open.onEvent(hear);
    }),
    loop.every(minuteMs, () => {
      eventsLeft = eventsPerMinute;
    }),
  ];
  return () => {
    for (const dispose of disposables) dispose();
    stopHearing();
  };
}
