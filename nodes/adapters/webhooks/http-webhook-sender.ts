import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ReelflowError } from '../../core/errors.ts';
import type { WebhookSender } from '../../core/webhooks/webhook.ts';
import { trustedContext } from '../tls/trusted-authorities.ts';

/** Of an answer nobody reads more. */
const mostAnswerBytes = 64 * 1024;

export class HttpWebhookSender implements WebhookSender {
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    abort: AbortSignal,
  ): Promise<number> {
    const target = new URL(url);
    const { username, password, host } = target;
    target.username = '';
    target.password = '';
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const all = {
      'user-agent': 'Reelflow',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
      ...(login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
    };
    try {
      const answer = await send(target, all, body, abort);
      letGo(answer);
      return answer.statusCode ?? 0;
    } catch (cause) {
      if (abort.aborted) throw new ReelflowError('WEBHOOK_TIMEOUT', `${host} does not answer in time`, { cause });
      throw new ReelflowError('WEBHOOK_UNREACHABLE', `${host} can not be reached: ${reasonOf(cause)}`, { cause });
    }
  }
}

/** On a connection of its own: of one that was kept nobody could tell whether the receiver had still taken the message. */
async function send(
  target: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { method: 'POST', agent: false, headers, signal };
  const isSecure = target.protocol === 'https:';
  const secure = { ...options, ...(isSecure && { secureContext: trustedContext() }) };
  const request = (isSecure ? httpsRequest : httpRequest)(target, secure, resolve);
  request.on('error', reject);
  request.end(body);
  return await promise;
}

/** The receiver may say what it likes, but not for ever: what is small is read to its end, so that it is not cut off. */
function letGo(answer: IncomingMessage): void {
  let bytes = 0;
  // It was heard; how its answer ends is nobody's matter.
  answer.on('error', () => {});
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > mostAnswerBytes) answer.destroy();
  });
}

/** A name with several addresses fails with all of their errors. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
