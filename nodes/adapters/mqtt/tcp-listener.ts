import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { BusTrouble } from '../../core/bus/message-bus.ts';

export interface TcpListenerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  onSocket: (socket: Socket) => void;
  /** The port is open, or it is not and why. */
  onChange: (trouble: BusTrouble | undefined) => void;
  retryMs?: number;
}

/** Keeps trying: the port may be taken by an old process that is about to end, the address may come up later. */
export class TcpListener {
  readonly #options: TcpListenerOptions;
  readonly #server: Server;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    // Without noDelay small packets wait for the other side's delayed ACK: some 60 messages a second instead of 12 000.
    // Keep-alive notices peers that are gone without a word and asked for no MQTT keep-alive.
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, options.onSocket);
    this.#server.on('listening', () => options.onChange(undefined));
    this.#server.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
  }

  /** The port really taken; undefined while it is not open. */
  get port(): number | undefined {
    return (this.#server.address() as AddressInfo | null)?.port;
  }

  /** Resolves when the port is open, or could not be opened at the first try. */
  async open(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.once('listening', resolve);
    this.#server.once('error', () => resolve());
    this.#listen();
    await promise;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#server.close();
  }

  #listen(): void {
    if (!this.#isClosed) this.#server.listen(this.#options.port, this.#options.host);
  }

  #failed(error: NodeJS.ErrnoException): void {
    const { host, port, onChange, retryMs } = this.#options;
    const where = `${host}:${port}`;
    const trouble =
      error.code === 'EADDRINUSE'
        ? {
            code: 'BROKER_PORT_TAKEN',
            message: `MQTT port ${where} is taken by another program; end it or set REELFLOW_MQTT_PORT`,
          }
        : { code: 'BROKER_PORT_UNUSABLE', message: `MQTT port ${where} can not be opened: ${error.message}` };
    onChange(trouble);
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#listen(), retryMs ?? 5000);
    this.#retry.unref();
  }
}
