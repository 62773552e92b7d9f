/** A refusal of the server, in its own words: RFC 9457 problem details with Reelflow's `code`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ApiOptions {
  /** Prefix of every path; the page's own origin by default. */
  base?: string;
  fetch?: typeof globalThis.fetch;
  /** Nobody is logged in any more. */
  onLoggedOut?: () => void;
  /** A server that does not answer for this long counts as gone. */
  timeoutMs?: number;
}

/**
 * Asks Reelflow's HTTP API with the browser's session cookie. Rejects with ApiError: the server's own refusal, or code
 * UNREACHABLE (status 0) when it could not be asked.
 */
export class Api {
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #onLoggedOut: () => void;
  readonly #timeoutMs: number;

  constructor(options: ApiOptions = {}) {
    this.#base = options.base ?? '';
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#onLoggedOut = options.onLoggedOut ?? (() => {});
    this.#timeoutMs = options.timeoutMs ?? 15_000;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('PUT', path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('PATCH', path, body);
  }

  delete(path: string): Promise<void> {
    return this.#ask<void>('DELETE', path);
  }

  /** Asks for a picture, or another file that is made for this request. */
  async file(path: string, body: unknown): Promise<Blob> {
    return (await this.#answer('POST', path, body)).blob();
  }

  async #ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const response = await this.#answer(method, path, body);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async #answer(method: Method, path: string, body: unknown): Promise<Response> {
    const response = await this.#reach(method, path, body);
    if (response.ok) return response;
    if (response.status === 401) this.#onLoggedOut();
    throw await refusalOf(response);
  }

  async #reach(method: Method, path: string, body: unknown): Promise<Response> {
    try {
      return await this.#fetch(`${this.#base}${path}`, {
        method,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        signal: AbortSignal.timeout(this.#timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new ApiError(0, 'UNREACHABLE', 'Reelflow can not be reached. Is the machine on, and the network there?');
    }
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  const problem = await response.json().catch(() => undefined);
  const said = isRecord(problem) ? problem : {};
  const code = typeof said['code'] === 'string' ? said['code'] : `HTTP_${response.status}`;
  const detail = typeof said['detail'] === 'string' ? said['detail'] : `the server answered ${response.status}`;
  const field = typeof said['field'] === 'string' ? said['field'] : undefined;
  return new ApiError(response.status, code, detail, field);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What to show a person for anything thrown: a sentence. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
