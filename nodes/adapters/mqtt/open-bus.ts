import type { Server } from 'node:http';
import type { Access } from '../../core/access/access.ts';
import type { Alarms } from '../../core/alarms/alarms.ts';
import type { MessageBus } from '../../core/bus/message-bus.ts';
import { checkAgentName } from '../../core/bus/topics.ts';
import type { Environment } from '../../core/environment.ts';
import type { Log } from '../../core/log.ts';
import { refuseWebSockets } from './web-socket-door.ts';

export interface BusOptions {
  environment: Pick<Environment, 'agent' | 'broker' | 'brokerCa' | 'host' | 'mqttPort'>;
  access: Access;
  /** JSON file of the embedded broker's retained messages. */
  retainedPath: string;
  log: Log;
  /** An alarm stands while others can not be reached. */
  alarms?: Pick<Alarms, 'raise' | 'clear'>;
}

export interface OpenedBus {
  bus: MessageBus;
  /** Serves MQTT over WebSocket at /mqtt; with an external broker it answers 404 there. */
  attachWebSocket(server: Server): void;
  /** Tells everybody that this agent goes. Never rejects; twice is harmless. */
  close(): Promise<void>;
}

/** An external broker that is away for a moment is nothing to look at. */
const patienceMs = 10_000;
const alarmKey = 'bus';

const openedBuses = new WeakMap<MessageBus, OpenedBus>();

/** The rest of what belongs to a station's bus; undefined for a bus that openBus did not make. */
export function openedBus(bus: MessageBus): OpenedBus | undefined {
  return openedBuses.get(bus);
}

/**
 * The bus that REELFLOW_BROKER asks for. Does not wait for an external broker, and does not fail when the MQTT port is
 * taken: a recorder must not stand still for want of a broker. Rejects with AGENT_NAME_INVALID.
 */
export async function openBus(options: BusOptions): Promise<OpenedBus> {
  checkAgentName(options.environment.agent);
  const isEmbedded = options.environment.broker === 'embedded';
  // Loaded as needed: each brings its own MQTT implementation, and memory is scarce on small machines.
  const opened = isEmbedded ? await openEmbedded(options) : await openClient(options);
  openedBuses.set(opened.bus, opened);
  if (options.alarms) watchTrouble(opened, options.alarms, isEmbedded ? 0 : patienceMs);
  return opened;
}

async function openEmbedded({ environment, access, retainedPath, log }: BusOptions): Promise<OpenedBus> {
  const { EmbeddedBroker } = await import('./embedded-broker.ts');
  const { agent, host, mqttPort } = environment;
  const broker = new EmbeddedBroker({ agent, host, port: mqttPort, access, retainedPath, log });
  await broker.open();
  return {
    bus: broker,
    attachWebSocket: (server) => broker.attachWebSocket(server),
    close: () => broker.close(),
  };
}

async function openClient({ environment, log }: BusOptions): Promise<OpenedBus> {
  const { ClientBus } = await import('./client-bus.ts');
  const { agent, broker, brokerCa } = environment;
  const bus = new ClientBus({ agent, url: broker, log, ...(brokerCa !== undefined && { ca: brokerCa }) });
  return {
    bus,
    attachWebSocket: (server) => void refuseWebSockets(server),
    close: () => bus.close(),
  };
}

function watchTrouble({ bus }: OpenedBus, alarms: Pick<Alarms, 'raise' | 'clear'>, afterMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const raise = (): void => {
    timer = undefined;
    if (bus.trouble) alarms.raise(alarmKey, { severity: 'warning', ...bus.trouble });
  };
  const look = (): void => {
    if (!bus.trouble) {
      clearTimeout(timer);
      timer = undefined;
      alarms.clear(alarmKey);
    } else if (afterMs === 0) {
      raise();
    } else {
      timer ??= setTimeout(raise, afterMs).unref();
    }
  };
  bus.watch?.(look);
  look();
}
