import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small stand-in for Reelflow's HTTP API that speaks the real protocol: JSON, problem details, event streams. */
export interface ApiServer {
  url: string;
  /** `GET /api/v1/status` and so on to what is answered; changed while it runs. */
  answers: Map<string, Answer>;
  requests: { method: string; path: string; body: unknown }[];
  /** To everybody who listens at /api/v1/events. */
  send(event: string, data: unknown): void;
  /** Ends all connections and stops listening; `start` opens the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Answer {
  status?: number;
  body?: unknown;
  /** Runs before it is answered. */
  before?: () => void | Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const answers = new Map<string, Answer>();
  const requests: ApiServer['requests'] = [];
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const text = (await request.toArray()).join('');
    requests.push({ method: request.method ?? '', path: request.url ?? '', body: text ? JSON.parse(text) : undefined });
    const found = answers.get(`${request.method} ${path}`);
    if (path === '/api/v1/events' && !found) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      listeners.add(response);
      response.once('close', () => listeners.delete(response));
      return;
    }
    await found?.before?.();
    const { status = 200, body } = found ?? { status: 404, body: { code: 'ROUTE_UNKNOWN', detail: 'nothing here' } };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  let port = 0;
  const api: ApiServer = {
    url: '',
    answers,
    requests,
    send: (event, data) => {
      for (const one of listeners) one.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    start: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
      api.url = `http://127.0.0.1:${port}`;
    },
  };
  await api.start();
  return api;
}
