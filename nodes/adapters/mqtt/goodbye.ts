import type { Client } from 'aedes';
import { topicMatches } from '../../core/bus/topics.ts';

/**
 * A last message to the subscribers of one topic, written at once. Node-RED ends the process a few milliseconds after
 * the signal; a message on its usual way through Aedes takes some turns of the event loop more than that.
 */
export class Goodbye {
  readonly #topic: string;
  readonly #subscribers = new Map<Client, Set<string>>();

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Filters that the client was granted. */
  subscribed(client: Client, filters: readonly string[]): void {
    for (const filter of filters) {
      if (!topicMatches(filter, this.#topic)) continue;
      const known = this.#subscribers.get(client) ?? new Set();
      this.#subscribers.set(client, known.add(filter));
    }
  }

  unsubscribed(client: Client, filters: readonly string[]): void {
    const known = this.#subscribers.get(client);
    for (const filter of filters) known?.delete(filter);
    if (known?.size === 0) this.#subscribers.delete(client);
  }

  left(client: Client): void {
    this.#subscribers.delete(client);
  }

  say(payload: Buffer): void {
    const packet = publishPacket(this.#topic, payload);
    for (const { conn } of this.#subscribers.keys()) if (conn.writable) conn.write(packet);
  }
}

/** MQTT 3.1.1 section 3.3: QoS 0, for less than 16 KiB. */
function publishPacket(topic: string, payload: Buffer): Buffer {
  const name = Buffer.from(topic, 'utf8');
  const length = 2 + name.length + payload.length;
  const head = length < 128 ? [0x30, length] : [0x30, (length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([Buffer.from([...head, name.length >> 8, name.length & 0xff]), name, payload]);
}
