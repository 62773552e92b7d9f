import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import type { Log } from '../../core/log.ts';
import { PacketMeter } from './packet-meter.ts';

export interface GateOptions {
  /** Hands the connection to the broker. */
  accept: (stream: Duplex, request?: IncomingMessage) => Client;
  limits: { connections: number; packetBytes: number; firstPacketBytes: number };
  log: Log;
}

/** Lets connections in, TCP and WebSocket alike: not endlessly many, and none with a packet that is too large. */
export class ConnectionGate {
  readonly #options: GateOptions;
  readonly #connections = new Set<Duplex>();
  #isClosed = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  enter(stream: Duplex, request?: IncomingMessage): void {
    const { accept, limits, log } = this.#options;
    stream.on('error', () => {});
    if (this.#isClosed || this.#connections.size >= limits.connections) {
      stream.destroy();
      return;
    }
    this.#connections.add(stream);
    stream.once('close', () => this.#connections.delete(stream));
    const client = accept(stream, request);
    const meter = new PacketMeter();
    // Aedes reads by `readable`; `data` then only tells what was read, before Aedes parses it.
    stream.on('data', (bytes: Uint8Array) => {
      const limit = client.connected ? limits.packetBytes : limits.firstPacketBytes;
      const length = meter.oversized(bytes, limit);
      if (length === undefined) return;
      log.warn(`broker: a packet of ${length} bytes was refused; ${limit} are allowed`);
      stream.destroy(new Error('packet too large'));
    });
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Cuts what is still there. */
  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}
