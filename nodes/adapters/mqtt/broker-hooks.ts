import type { AedesOptions, Client, PublishPacket } from 'aedes';
import { isCommand, mayPublish, mayRead, maySubscribe } from '../../core/bus/topic-rights.ts';
import type { Log } from '../../core/log.ts';
import type { BrokerDoor } from './broker-door.ts';
import type { Duplicates } from './duplicates.ts';
import type { RetainedMessages } from './retained-messages.ts';

export interface HookSurroundings {
  door: BrokerDoor;
  duplicates: Duplicates;
  retained: RetainedMessages;
  log: Log;
}

/** Who may connect, publish, subscribe and hear, as Aedes asks for it. What this process publishes is not asked about. */
export function brokerHooks(around: HookSurroundings): AedesOptions {
  const { door, duplicates } = around;
  return {
    preConnect: (client, packet, done) => {
      door.remember(client, packet);
      done(null, true);
    },
    authenticate: (client, user, password, done) => {
      void door.authenticate(client, user, password).then((refusal) => done(refusal ?? null, !refusal));
    },
    authorizePublish: (client, packet, done) => {
      const reason = client && whyNotPublish(around, client, packet);
      if (reason) around.log.warn(`broker: ${reason}`);
      // MQTT 3.1.1 has no answer for a refused message: Aedes closes the connection (section 3.3.5).
      done(reason ? new Error(reason) : null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const who = door.identityOf(client);
      done(null, who && maySubscribe(who, subscription.topic) ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const who = door.identityOf(client);
      return who && mayRead(who, packet.topic) && !duplicates.isKnown(client, packet) ? packet : null;
    },
  };
}

function whyNotPublish(
  { door, retained }: HookSurroundings,
  client: Client,
  packet: PublishPacket,
): string | undefined {
  const who = door.identityOf(client);
  if (!who || !mayPublish(who, packet.topic)) {
    return `${who?.user ?? 'nobody'} may not publish on ${packet.topic.slice(0, 200)}`;
  }
  if (isCommand(packet.topic)) {
    if (client.closed) return `${who.user}: a last will can not be a command`;
    // Kept, it would be carried out again by whoever connects later.
    packet.retain = false;
  }
  if (packet.retain && !retained.accepts(packet.topic, Buffer.byteLength(packet.payload))) {
    return 'there is no room for more retained messages; clear some';
  }
  return undefined;
}
