import type { Dispose } from '../time/clock.ts';

/** Port: publish and subscribe. Embedded broker or an external one: callers can not tell. */
export interface MessageBus {
  /** Objects become JSON. Never rejects while the broker is away: retained topics are sent again on connect. */
  publish(topic: string, payload: unknown, options?: { isRetained?: boolean; qos?: 0 | 1 }): void;
  /** MQTT filter with + and #. `sender` is the authenticated user name where the broker knows it. */
  subscribe(filter: string, listener: (message: BusMessage) => void): Dispose;
  readonly isConnected: boolean;
}

export interface BusMessage {
  topic: string;
  payload: Uint8Array;
  isRetained: boolean;
  sender?: string;
}
