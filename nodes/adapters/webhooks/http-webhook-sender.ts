import type { IncomingMessage } from 'node:http';
import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { WebhookSender } from '../../core/webhooks/webhook.ts';
import { ask } from '../http/ask.ts';

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
    try {
      const answer = await ask(target, {
        method: 'POST',
        headers: {
          'user-agent': 'Reelflow',
          'content-length': String(Buffer.byteLength(body)),
          ...headers,
          ...(login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        },
        body,
        signal: abort,
      });
      letGo(answer);
      return answer.statusCode ?? 0;
    } catch (cause) {
      if (abort.aborted) throw new ReelflowError('WEBHOOK_TIMEOUT', `${host} does not answer in time`, { cause });
      const reason = toReelflowError(cause).message || 'no connection';
      throw new ReelflowError('WEBHOOK_UNREACHABLE', `${host} can not be reached: ${reason}`, { cause });
    }
  }
}

/** The receiver may say what it likes, but not for ever: what is small is read to its end, so that it is not cut off. */
function letGo(answer: IncomingMessage): void {
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > mostAnswerBytes) answer.destroy();
  });
}
