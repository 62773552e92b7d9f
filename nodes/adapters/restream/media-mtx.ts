import { z } from 'zod';
import { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { ask } from '../http/ask.ts';

/** What a path of the media server is doing. */
export interface ServedPath {
  isOnline: boolean;
  /** Received from its source so far. */
  inboundBytes: number;
  tracks: readonly string[];
}

/** How the media server shall fetch a camera. Field names are MediaMTX's own. */
export interface PathConfig {
  source: string;
  rtspTransport: 'tcp' | 'udp';
  sourceOnDemand: boolean;
}

const timeoutMs = 5000;
const perPage = 500;
/** 500 paths with hundreds of readers each. */
const longestAnswerBytes = 32 * 1024 * 1024;

const page = z.object({
  pageCount: z.number().default(1),
  items: z.array(z.looseObject({ name: z.string() })).default([]),
});

/** Servers before 1.16 say `ready`, `bytesReceived` and `tracks`; newer ones the first names, and for a while both. */
const served = z.looseObject({
  online: z.boolean().optional(),
  available: z.boolean().optional(),
  ready: z.boolean().optional(),
  inboundBytes: z.number().optional(),
  bytesReceived: z.number().optional(),
  tracks2: z.array(z.looseObject({ codec: z.string() })).nullish(),
  tracks: z.array(z.string()).nullish(),
});

/**
 * The control API of MediaMTX, version 3 (its api/openapi.yaml). What is changed over it lives in the server's memory
 * only: after a restart of the server it is gone. Rejects with MEDIA_SERVER_AWAY or MEDIA_SERVER_REFUSED.
 */
export class MediaMtx {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  /** `apiUrl` may carry a login. */
  constructor(apiUrl: string) {
    const url = new URL(apiUrl);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    this.#base = url.href.replace(/\/+$/, '');
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers = username === '' ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  }

  async paths(): Promise<Map<string, ServedPath>> {
    const items = await this.#list('/v3/paths/list');
    return new Map(
      items.map((item) => {
        const one = served.parse(item);
        return [
          item.name,
          {
            isOnline: one.online ?? one.available ?? one.ready ?? false,
            inboundBytes: one.inboundBytes ?? one.bytesReceived ?? 0,
            tracks: one.tracks2?.map(({ codec }) => codec) ?? one.tracks ?? [],
          },
        ] as const;
      }),
    );
  }

  /** Paths that are set up one by one, with what is set. */
  async configured(): Promise<Map<string, Record<string, unknown>>> {
    return new Map((await this.#list('/v3/config/paths/list')).map((item) => [item.name, item]));
  }

  async add(name: string, config: PathConfig): Promise<void> {
    await this.#send('POST', `/v3/config/paths/add/${encodePath(name)}`, config);
  }

  async patch(name: string, config: PathConfig): Promise<void> {
    await this.#send('PATCH', `/v3/config/paths/patch/${encodePath(name)}`, config);
  }

  /** A path that is not there is no error. */
  async remove(name: string): Promise<void> {
    await this.#send('DELETE', `/v3/config/paths/delete/${encodePath(name)}`, undefined, [404]);
  }

  async #list(path: string) {
    const items: z.infer<typeof page>['items'] = [];
    for (let at = 0; ; at++) {
      const answer = await this.#send('GET', `${path}?page=${at}&itemsPerPage=${perPage}`);
      const read = page.safeParse(parsed(answer));
      if (!read.success) throw refused('its list of paths is not understood');
      items.push(...read.data.items);
      if (at + 1 >= read.data.pageCount) return items;
    }
  }

  async #send(method: string, path: string, body?: object, alsoFine: readonly number[] = []): Promise<string> {
    let status: number;
    let text: string;
    try {
      const answer = await ask(new URL(`${this.#base}${path}`), {
        method,
        headers: { ...this.#headers, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      status = answer.statusCode ?? 0;
      text = await readText(answer);
    } catch (cause) {
      if (cause instanceof ReelflowError) throw cause;
      throw new ReelflowError('MEDIA_SERVER_AWAY', 'the control interface of the media server does not answer', {
        cause,
        isRetryable: true,
      });
    }
    if ((status >= 200 && status <= 299) || alsoFine.includes(status)) return text;
    throw refused(`${method} ${path.split('?')[0]} was answered with ${status} ${redact(text.slice(0, 300))}`);
  }
}

async function readText(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer) {
    length += piece.length;
    if (length > longestAnswerBytes) throw refused(`an answer is longer than ${longestAnswerBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names may have slashes, and they stay slashes in its addresses. */
function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function refused(message: string): ReelflowError {
  return new ReelflowError('MEDIA_SERVER_REFUSED', `media server: ${message}`, { isRetryable: true });
}
