import type { Dispose } from '../time/clock.ts';
import type { Role } from './command.ts';

/** Port: publish and subscribe. Embedded broker or an external one: callers can not tell. */
export interface MessageBus {
  /**
   * Bytes and text go as they are, everything else becomes JSON; an empty text clears a retained topic.
   * Never throws or rejects while the broker is away: retained topics are sent again on connect.
   */
  publish(topic: string, payload: unknown, options?: { isRetained?: boolean; qos?: 0 | 1 }): void;
  /** MQTT filter with + and #. `sender` is the authenticated user name where the broker knows it. */
  subscribe(filter: string, listener: (message: BusMessage) => void): Dispose;
  readonly isConnected: boolean;
  /** What keeps others from being reached; undefined while all is well. */
  readonly trouble?: BusTrouble | undefined;
  /** Told when `isConnected` or `trouble` may have changed. */
  watch?(listener: () => void): Dispose;
  /** Clients of the embedded broker; undefined where somebody else runs the broker. */
  readonly clientCount?: number | undefined;
}

export interface BusTrouble {
  /** BROKER_PORT_TAKEN, BROKER_UNREACHABLE, BROKER_REFUSED ... */
  code: string;
  message: string;
}

export interface BusMessage {
  topic: string;
  payload: Uint8Array;
  isRetained: boolean;
  sender?: string;
  /** Role of the sender, where the broker knows it. Flows of this runtime are `admin`: only an admin makes them. */
  senderRole?: Role;
}
