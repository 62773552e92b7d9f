import type { Server } from 'node:http';
import { Aedes, type AedesPublishPacket } from 'aedes';
import type { Access } from '../../core/access/access.ts';
import type { BusMessage, BusTrouble, MessageBus } from '../../core/bus/message-bus.ts';
import { offline } from '../../core/bus/messages.ts';
import { agentTopics, readTopic, topicMatches } from '../../core/bus/topics.ts';
import type { Log } from '../../core/log.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { BrokerDoor } from './broker-door.ts';
import { brokerHooks } from './broker-hooks.ts';
import { ConnectionGate } from './connection-gate.ts';
import { Duplicates } from './duplicates.ts';
import { Goodbye } from './goodbye.ts';
import { Listeners, Watchers } from './listeners.ts';
import { encodePayload } from './payload.ts';
import { RetainedMessages } from './retained-messages.ts';
import { TcpListener } from './tcp-listener.ts';
import { openWebSocketDoor } from './web-socket-door.ts';

export interface EmbeddedBrokerOptions {
  agent: string;
  host: string;
  port: number;
  access: Access;
  /** JSON file for the retained messages of others; our own are made new at each start. */
  retainedPath: string;
  log: Log;
  limits?: Partial<BrokerLimits>;
  /** Client ids that may keep a session over their connection. */
  sessionIds?: readonly string[];
}

export interface BrokerLimits {
  packetBytes: number;
  /** Before the login. */
  firstPacketBytes: number;
  connections: number;
  /** From the connection to the CONNECT packet. */
  connectMs: number;
  /** A client that does not read for this long is thrown out; until then it may hold up the others. */
  drainMs: number;
  portRetryMs: number;
}

const defaults: BrokerLimits = {
  packetBytes: 1024 * 1024,
  firstPacketBytes: 64 * 1024,
  connections: 256,
  connectMs: 10_000,
  drainMs: 3000,
  portRetryMs: 5000,
};

/** How long a client that does not read may hold up the end. */
const farewellMs = 500;

/** Aedes in this process: MQTT 3.1 and 3.1.1 over TCP and WebSocket; for this process itself without the network. */
export class EmbeddedBroker implements MessageBus {
  readonly isConnected = true;
  readonly #options: EmbeddedBrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #aedes: Aedes;
  readonly #door: BrokerDoor;
  readonly #retained: RetainedMessages;
  readonly #listeners: Listeners;
  readonly #watchers = new Watchers();
  readonly #duplicates = new Duplicates();
  readonly #gate: ConnectionGate;
  readonly #goodbye: Goodbye;
  readonly #tcp: TcpListener;
  readonly #webSockets = new Map<Server, Dispose>();
  #trouble: BusTrouble | undefined;
  #isClosed = false;

  constructor(options: EmbeddedBrokerOptions) {
    const { access, log, retainedPath, agent } = options;
    this.#options = options;
    this.#limits = { ...defaults, ...options.limits };
    this.#listeners = new Listeners(log);
    this.#door = new BrokerDoor({ access, log, ...(options.sessionIds ? { sessionIds: options.sessionIds } : {}) });
    this.#retained = new RetainedMessages({
      path: retainedPath,
      log,
      isVolatile: (topic) => topic.startsWith(`reelflow/${agent}/`),
    });
    this.#goodbye = new Goodbye(agentTopics(agent).status);
    this.#aedes = this.#makeAedes();
    this.#gate = new ConnectionGate({
      accept: (stream, request) => this.#aedes.handle(stream, request),
      limits: this.#limits,
      log,
    });
    this.#tcp = new TcpListener({
      host: options.host,
      port: options.port,
      retryMs: this.#limits.portRetryMs,
      onSocket: (socket) => this.#gate.enter(socket),
      onChange: (trouble) => this.#portChanged(trouble),
    });
  }

  /** Never rejects for a port that is taken: `trouble` tells, and it is tried again. */
  async open(): Promise<void> {
    await this.#retained.load();
    await this.#aedes.listen();
    this.#aedes.subscribe(
      '#',
      (packet, done) => this.#heard(packet, done),
      () => {},
    );
    for (const { topic, payload, qos } of this.#retained.all()) {
      const place = readTopic(topic);
      // Whoever was there when we ended may have gone meanwhile; who is there comes back and says so.
      const isStatus = place?.scope === 'agent' && place.kind === 'status';
      this.#send(topic, isStatus ? encodePayload(offline) : payload, true, qos);
    }
    await this.#tcp.open();
  }

  get trouble(): BusTrouble | undefined {
    return this.#trouble;
  }

  get clientCount(): number {
    return this.#aedes.connectedClients;
  }

  /** The TCP port really taken; undefined while it is not open. */
  get port(): number | undefined {
    return this.#tcp.port;
  }

  watch(listener: () => void): Dispose {
    return this.#watchers.add(listener);
  }

  publish(topic: string, payload: unknown, options: { isRetained?: boolean; qos?: 0 | 1 } = {}): void {
    if (this.#isClosed) return;
    const bytes = encodePayload(payload);
    const isRetained = options.isRetained ?? false;
    if (isRetained) this.#retained.set({ topic, payload: bytes, qos: options.qos ?? 0 });
    this.#send(topic, bytes, isRetained, options.qos ?? 0);
    // Not waiting for the network: a client that does not read must not keep the parts of this process apart.
    const message: BusMessage = { topic, payload: bytes, isRetained: false, sender: 'flow', senderRole: 'admin' };
    queueMicrotask(() => this.#listeners.tell(message));
  }

  subscribe(filter: string, listener: (message: BusMessage) => void): Dispose {
    const { remove } = this.#listeners.add(filter, listener);
    let isWanted = true;
    setImmediate(() => {
      for (const { topic, payload } of this.#retained.all()) {
        if (!isWanted) return;
        if (topicMatches(filter, topic)) this.#listeners.call(listener, { topic, payload, isRetained: true });
      }
    });
    return () => {
      isWanted = false;
      remove();
    };
  }

  /** MQTT over WebSocket at /mqtt of an HTTP server. Twice is harmless. */
  attachWebSocket(server: Server): void {
    if (this.#webSockets.has(server)) return;
    this.#webSockets.set(
      server,
      openWebSocketDoor(server, (stream, request) => this.#gate.enter(stream, request)),
    );
  }

  /** Tells the clients that this agent goes, then closes their connections. Twice is harmless. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#gate.close();
    this.#tcp.close();
    for (const dispose of this.#webSockets.values()) dispose();
    // At once and synchronous: the process may end before anything that is waited for.
    this.#retained.flush();
    this.#goodbye.say(encodePayload(offline));
    const { promise: tired, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, farewellMs);
    await Promise.race([new Promise<void>((closed) => this.#aedes.close(() => closed())), tired]);
    clearTimeout(timer);
    this.#gate.cut();
  }

  #makeAedes(): Aedes {
    const { log } = this.#options;
    const aedes = new Aedes({
      concurrency: 100,
      connectTimeout: this.#limits.connectMs,
      drainTimeout: this.#limits.drainMs,
      maxTopicLevels: 16,
      ...brokerHooks({ door: this.#door, duplicates: this.#duplicates, retained: this.#retained, log }),
    });
    aedes.on('client', (client) => {
      this.#duplicates.watch(client, aedes.id);
      this.#door.entered(client);
      this.#watchers.tell();
    });
    aedes.on('clientDisconnect', (client) => {
      this.#door.left(client);
      this.#goodbye.left(client);
      this.#watchers.tell();
    });
    aedes.on('subscribe', (subscriptions, client) => {
      // Refused ones are told of with 128 (MQTT 3.1.1 section 3.9.3).
      const granted = subscriptions.filter(({ qos }) => Number(qos) !== 128);
      this.#goodbye.subscribed(
        client,
        granted.map(({ topic }) => topic),
      );
    });
    aedes.on('unsubscribe', (filters, client) => this.#goodbye.unsubscribed(client, filters));
    aedes.on('clientError', (client, error) => log.debug(`broker: client "${client.id}": ${error.message}`));
    aedes.on('connectionError', (_client, error) => log.debug(`broker: ${error.message}`));
    // Aedes tells of its own failures here; without a listener one would end the process.
    (aedes as NodeJS.EventEmitter).on('error', (error: Error) => log.error(`broker: ${error.message}`));
    return aedes;
  }

  #send(topic: string, payload: Buffer, retain: boolean, qos: 0 | 1 | 2): void {
    this.#aedes.publish({ cmd: 'publish', topic, payload, retain, qos, dup: false }, (error) => {
      if (error && !this.#isClosed) this.#options.log.warn(`broker: ${topic}: ${error.message}`);
    });
  }

  /** Everything that goes through the broker; what this process publishes has been told already. */
  #heard(packet: AedesPublishPacket & { clientId?: string }, done: () => void): void {
    setImmediate(done);
    if (packet.clientId === undefined || packet.topic.startsWith('$')) return;
    const payload = encodePayload(packet.payload);
    if (packet.retain) this.#retained.set({ topic: packet.topic, payload, qos: packet.qos });
    const holder = this.#door.holderOf(packet.clientId);
    const who = holder && this.#door.identityOf(holder);
    const sender = who ? { sender: who.user, senderRole: who.role } : {};
    this.#listeners.tell({ topic: packet.topic, payload, isRetained: false, ...sender });
  }

  #portChanged(trouble: BusTrouble | undefined): void {
    const { log, host } = this.#options;
    if (trouble && trouble.message !== this.#trouble?.message) log.error(`broker: ${trouble.message}`);
    if (!trouble) log.info(`MQTT broker listens on ${host}:${this.#tcp.port}`);
    this.#trouble = trouble;
    this.#watchers.tell();
  }
}
