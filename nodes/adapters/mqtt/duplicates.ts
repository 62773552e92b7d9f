import type { AedesPublishPacket, Client } from 'aedes';

const remembered = 256;

/**
 * Messages that a client has had already, because several of its subscriptions match.
 *
 * Aedes (1.2.0) itself takes any message for a duplicate whose number is below that of the last one. But messages that
 * are retained or of QoS 1 take more turns of the event loop than others, so of several published at once the slower
 * ones came late and were lost. So its own check is put out of work (duplicates that it is made for only come from other
 * brokers of a cluster), and the numbers themselves are remembered for a while.
 */
export class Duplicates {
  readonly #seen = new WeakMap<Client, Set<number>>();

  /** Call when a client has connected, before it can subscribe. */
  watch(client: Client, brokerId: string): void {
    const none = Object.defineProperty({}, brokerId, { get: () => 0, set: () => {}, configurable: true });
    Object.assign(client, { duplicates: none });
    this.#seen.set(client, new Set());
  }

  /** True at the second call for the same message. */
  isKnown(client: Client, { brokerCounter }: AedesPublishPacket): boolean {
    const seen = this.#seen.get(client);
    if (!seen) return false;
    if (seen.has(brokerCounter)) return true;
    seen.add(brokerCounter);
    if (seen.size > remembered) {
      for (const oldest of seen) {
        seen.delete(oldest);
        break;
      }
    }
    return false;
  }
}
