import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Access } from '../../core/access/access.ts';
import { identify } from '../../core/access/identify.ts';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { Worker } from './build-worker.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface DoorParts {
  worker: Worker;
  metrics: WorkerMetrics;
  version: string;
  /** Absent: there is no password, so that nobody is let in but to /health. */
  access: Access | undefined;
}

/** A slow reader of a few lines is let go. */
const requestTimeoutMs = 10_000;

/** `/health` for everybody, `/metrics` for who has the admin password: the same two doors as a station's. */
export class WorkerDoor {
  readonly #parts: DoorParts;
  readonly #server: Server;
  #isOpen = false;

  private constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        send(response, 503, problem(503, toReelflowError(error)), 'application/problem+json');
      });
    });
    parts.worker.archive.onOpen(() => {
      this.#isOpen = true;
    });
  }

  /** Rejects with PORT_TAKEN. */
  static async open(parts: DoorParts): Promise<WorkerDoor> {
    const { host, port } = parts.worker.environment;
    const door = new WorkerDoor(parts);
    try {
      door.#server.listen(port, host);
      await once(door.#server, 'listening');
    } catch (cause) {
      const reason = `REELFLOW_PORT=${port} can not be used: ${toReelflowError(cause).message}`;
      throw new ReelflowError('PORT_TAKEN', reason, { cause, field: 'REELFLOW_PORT' });
    }
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/health' && pathname !== '/metrics') {
      const error = new ReelflowError(
        'NOT_FOUND',
        'a worker has /health and /metrics; everything else is at a station',
      );
      return send(response, 404, problem(404, error), 'application/problem+json');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      const error = new ReelflowError('METHOD_NOT_ALLOWED', `${pathname} is only read`);
      return send(response, 405, problem(405, error), 'application/problem+json');
    }
    const isKnown = await this.#isKnown(request);
    if (pathname === '/health') return this.#health(response, isKnown);
    if (!isKnown) {
      response.setHeader('WWW-Authenticate', 'Basic realm="Reelflow"');
      const error = new ReelflowError('UNAUTHORIZED', 'log in as admin with REELFLOW_ADMIN_PASSWORD of this worker');
      return send(response, 401, problem(401, error), 'application/problem+json');
    }
    const { metrics } = this.#parts;
    send(response, 200, await metrics.text(), metrics.contentType);
  }

  /** A database that is away is no reason to be restarted: what runs goes on, and would be ended. */
  #health(response: ServerResponse, isKnown: boolean): void {
    const { worker, version } = this.#parts;
    const notes = worker.alarms.list().map(({ code, message }) => ({ code, message: redact(message) }));
    const reasons = this.#isOpen ? [] : [{ code: 'ARCHIVE_CLOSED', message: 'the database has not answered yet' }];
    const since = new Date(worker.startedAt).toISOString();
    const { agent } = worker.environment;
    const body = isKnown
      ? { role: 'worker', agent, version, since, reasons, notes }
      : reasons.length > 0
        ? { reasons: reasons.map(({ code }) => code) }
        : {};
    const status = reasons.length === 0 ? 'ok' : 'failing';
    send(response, reasons.length === 0 ? 200 : 503, JSON.stringify({ status, ...body }), 'application/json');
  }

  async #isKnown(request: IncomingMessage): Promise<boolean> {
    const { access } = this.#parts;
    if (!access || request.headers.authorization === undefined) return false;
    return (await identify(access, request)).kind === 'known';
  }
}

function problem(status: number, { code, message }: ReelflowError): string {
  return JSON.stringify({ type: 'about:blank', status, code, detail: message });
}

function send(response: ServerResponse, status: number, body: string, type: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}
