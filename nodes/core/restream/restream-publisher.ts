import type { MessageBus } from '../bus/message-bus.ts';
import { PacedTopics } from '../bus/paced-topics.ts';
import { agentTopics, readTopic } from '../bus/topics.ts';
import type { Clock, Dispose } from '../time/clock.ts';
import type { InstantLoop } from '../time/instant-loop.ts';
import type { Restreams } from './restream.ts';
import { cameraEventOf, cameraStateOf } from './restream-message.ts';

const second = 1000;
/** Figures change all the time, and hundreds of cameras must not drown the bus. */
const figuresMs = 30 * second;
/** A restart tells three states within a second. */
const paceMs = second;
const eventsPerMinute = 300;

export interface RestreamPublisherParts {
  restreams: Pick<Restreams, 'list' | 'get' | 'onChange' | 'onRemove'>;
  bus: MessageBus;
  agent: string;
  clock: Clock;
  loop: Pick<InstantLoop, 'after' | 'every'>;
}

/** Tells the bus how the restreamed cameras are. The returned function ends it; what is retained stays. */
export function publishRestreams({ restreams, bus, agent, clock, loop }: RestreamPublisherParts): Dispose {
  const topics = agentTopics(agent);
  const paced = new PacedTopics(bus, clock, loop);
  let eventsLeft = eventsPerMinute;
  const publish = (camera: string): void => {
    const make = (): unknown => {
      const view = restreams.get(camera);
      return view ? cameraStateOf(view) : '';
    };
    paced.offer(topics.camera(camera), make, { everyMs: paceMs, isRetained: true });
  };
  const tell = (message: object): void => {
    eventsLeft -= 1;
    if (eventsLeft >= 0) bus.publish(topics.event('camera'), message, { qos: 1 });
  };
  const disposables = [
    restreams.onChange(({ view, before }) => {
      publish(view.camera);
      if (before !== view.state) tell(cameraEventOf(clock.now(), view, before, view.state));
    }),
    restreams.onRemove((camera) => {
      paced.clear(topics.camera(camera));
      tell(cameraEventOf(clock.now(), { camera, name: camera }, undefined, undefined));
    }),
    // A broker may still keep cameras that went while we were away.
    bus.subscribe(`reelflow/${agent}/camera/+`, ({ topic, isRetained, payload }) => {
      const camera = readTopic(topic)?.rest ?? '';
      if (isRetained && payload.byteLength > 0 && !restreams.get(camera)) bus.publish(topic, '', { isRetained: true });
    }),
    loop.every(figuresMs, () => {
      for (const { camera, state } of restreams.list()) if (state === 'live') publish(camera);
    }),
    loop.every(60 * second, () => {
      eventsLeft = eventsPerMinute;
    }),
  ];
  for (const { camera } of restreams.list()) publish(camera);
  return () => {
    for (const dispose of disposables) dispose();
    paced.stop();
  };
}
