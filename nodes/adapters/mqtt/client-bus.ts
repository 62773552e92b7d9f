import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { BusMessage, BusTrouble, MessageBus } from '../../core/bus/message-bus.ts';
import { offline } from '../../core/bus/messages.ts';
import { agentTopics } from '../../core/bus/topics.ts';
import type { Log } from '../../core/log.ts';
import { redact } from '../../core/redact.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { isCertificateError } from '../tls/certificate-error.ts';
import { trustedAuthorities } from '../tls/trusted-authorities.ts';
import { Listeners, Watchers } from './listeners.ts';
import { encodePayload } from './payload.ts';

export interface ClientBusOptions {
  agent: string;
  /** mqtt:// or mqtts://, with user and password in it where the broker wants them. */
  url: string;
  log: Log;
  /** PEM certificates to trust besides the system's; for brokers with an own authority. */
  ca?: string;
  reconnectMs?: number;
  /** Messages with QoS 1 that may wait for the broker; the oldest go first. Retained ones have their own place. */
  mostWaiting?: number;
}

interface Outgoing {
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  isRetained: boolean;
}

/** A broker somewhere else: MQTT 3.1.1 through mqtt.js, which reconnects by itself. */
export class ClientBus implements MessageBus {
  readonly #options: ClientBusOptions;
  readonly #client: MqttClient;
  readonly #listeners: Listeners;
  readonly #watchers = new Watchers();
  /** The newest of each retained topic, said again at each connect: the broker may have forgotten them. */
  readonly #retained = new Map<string, Outgoing>();
  #waiting: Outgoing[] = [];
  #trouble: BusTrouble | undefined = { code: 'BROKER_UNREACHABLE', message: 'not connected yet' };
  #isClosed = false;

  constructor(options: ClientBusOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log);
    this.#client = connect(options.url, this.#connectOptions());
    this.#client.on('connect', () => this.#connected());
    this.#client.on('close', () => this.#away('the connection was lost'));
    // Without a listener an error would end the process.
    this.#client.on('error', (error) => this.#away(error.message, refusedBy(error)));
    this.#client.on('message', (topic, payload, { retain }) => {
      this.#listeners.tell({ topic, payload, isRetained: retain });
    });
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  get trouble(): BusTrouble | undefined {
    return this.#trouble;
  }

  watch(listener: () => void): Dispose {
    return this.#watchers.add(listener);
  }

  publish(topic: string, payload: unknown, options: { isRetained?: boolean; qos?: 0 | 1 } = {}): void {
    if (this.#isClosed) return;
    const { isRetained = false, qos = 0 } = options;
    const message = { topic, payload: encodePayload(payload), qos, isRetained };
    if (isRetained) this.#retained.set(topic, message);
    if (this.#client.connected) {
      this.#send(message);
    } else if (qos > 0 && !isRetained) {
      this.#waiting.push(message);
      this.#waiting = this.#waiting.slice(-(this.#options.mostWaiting ?? 500));
    }
  }

  subscribe(filter: string, listener: (message: BusMessage) => void): Dispose {
    const { remove } = this.#listeners.add(filter, listener);
    // Also for a filter known already: this listener wants the retained messages too, and a repeated SUBSCRIBE makes the
    // broker send them again (MQTT 3.1.1 section 3.8.4).
    if (this.#client.connected) this.#ask(filter);
    return () => {
      const { isLast } = remove();
      if (isLast && this.#client.connected) this.#client.unsubscribe(filter, () => {});
    };
  }

  /** Says that this agent goes, and waits a moment for what is on its way. Twice is harmless. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.publish(agentTopics(this.#options.agent).status, offline, { isRetained: true, qos: 1 });
    this.#isClosed = true;
    const isAway = !this.#client.connected;
    const { promise: tired, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 2000);
    await Promise.race([tired, this.#client.endAsync(isAway).catch(() => {})]);
    clearTimeout(timer);
    await this.#client.endAsync(true).catch(() => {});
  }

  #connectOptions(): IClientOptions {
    const { agent, url, ca, reconnectMs } = this.#options;
    return {
      // Two runtimes of one name would throw each other out for ever under one client id.
      clientId: `reelflow-${agent}-${crypto.randomUUID().slice(0, 8)}`,
      protocolVersion: 4,
      clean: true,
      keepalive: 30,
      connectTimeout: 10_000,
      reconnectPeriod: reconnectMs ?? 2000,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: agentTopics(agent).status, payload: encodePayload(offline), qos: 1, retain: true },
      ...(url.startsWith('mqtts:') ? { ca: trustedAuthorities(ca) } : {}),
    };
  }

  #connected(): void {
    this.#trouble = undefined;
    this.#options.log.info(`bus: connected to ${redact(this.#options.url)}`);
    for (const filter of this.#listeners.filters()) this.#ask(filter);
    for (const message of this.#retained.values()) this.#send(message);
    for (const message of this.#waiting.splice(0)) this.#send(message);
    this.#watchers.tell();
  }

  #away(reason: string, code = 'BROKER_UNREACHABLE'): void {
    if (this.#isClosed) return;
    // `close` follows each error: the first reason says more.
    if (this.#trouble && code === 'BROKER_UNREACHABLE' && this.#trouble.code !== 'BROKER_UNREACHABLE') return;
    const message = `the broker ${redact(this.#options.url)} can not be used: ${redact(reason)}`;
    if (!this.#trouble || this.#trouble.code !== code) this.#options.log.warn(`bus: ${message}`);
    this.#trouble = { code, message };
    this.#watchers.tell();
  }

  /** One filter at a time: one refused of a list makes the whole call fail. */
  #ask(filter: string): void {
    this.#client.subscribe(filter, { qos: 1 }, (error, granted) => {
      const isRefused = granted?.some(({ qos }) => qos === 128) ?? false;
      if (!error && !isRefused) return;
      if (this.#client.connected) this.#options.log.warn(`bus: the broker does not let us subscribe to ${filter}`);
    });
  }

  #send(message: Outgoing): void {
    const { topic, payload, qos, isRetained } = message;
    this.#client.publish(topic, payload, { qos, retain: isRetained }, (error) => {
      if (error && !this.#isClosed) this.#options.log.debug(`bus: ${topic}: ${error.message}`);
      const isCleared = !error && isRetained && payload.byteLength === 0;
      if (isCleared && this.#retained.get(topic) === message) this.#retained.delete(topic);
    });
  }
}

/** CONNACK 4 and 5, and a certificate that is not trusted: a person has to do something about it. */
function refusedBy(error: Error): string | undefined {
  if (isCertificateError(error)) return 'BROKER_TLS';
  const code = 'code' in error ? error.code : undefined;
  return code === 4 || code === 5 ? 'BROKER_REFUSED' : undefined;
}
