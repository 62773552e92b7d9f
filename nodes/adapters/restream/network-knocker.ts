import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Knocker } from '../../core/restream/ports.ts';
import { placeOf } from '../../core/restream/target.ts';

const patienceMs = 3000;
/** Some cameras start their encoder before they describe what it makes. */
const answerMs = 8000;

export type Connection = 'open' | 'refused' | 'timeout' | 'no-host';

/** Small questions over TCP that cost neither a process nor a login. */
export class NetworkKnocker implements Knocker {
  async connects(place: { host: string; port: number }, signal: AbortSignal): Promise<boolean> {
    return (await tryConnection(place, signal)) === 'open';
  }

  async answers(url: string, signal: AbortSignal): Promise<boolean> {
    const place = placeOf(url);
    // Nothing to knock at (SRT, UDP): the next try is the knock.
    if (!place) return true;
    if (!/^rtsps?:/i.test(url)) return await this.connects(place, signal);
    return await describes(url, place, signal);
  }
}

/** How a TCP connection turns out; it is closed at once. */
export async function tryConnection(
  place: { host: string; port: number },
  signal: AbortSignal,
  timeoutMs = patienceMs,
): Promise<Connection> {
  return await new Promise<Connection>((resolve) => {
    if (signal.aborted) return resolve('timeout');
    const socket = connect({ ...place, autoSelectFamily: true });
    const end = (how: Connection) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(how);
    };
    const abort = () => end('timeout');
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(kindOf(error)));
  });
}

function kindOf(error: NodeJS.ErrnoException): Connection {
  const { code } = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'no-host';
}

/** RFC 2326 section 10.2, without login: 200 and 401 say that the camera is up; no camera counts this as a failed login. */
async function describes(url: string, place: { host: string; port: number }, signal: AbortSignal): Promise<boolean> {
  const { protocol, pathname, search, host } = new URL(url);
  return await new Promise<boolean>((resolve) => {
    if (signal.aborted) return resolve(false);
    const isTls = protocol === 'rtsps:';
    // Cameras have certificates that they made themselves; nothing secret is said here.
    const socket: Socket = isTls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
    const end = (isUp: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(isUp);
    };
    const abort = () => end(false);
    let timer = setTimeout(() => end(false), patienceMs);
    signal.addEventListener('abort', abort, { once: true });
    const address = `${protocol}//${host}${pathname}${search}`;
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => end(false), answerMs);
      socket.write(
        `DESCRIBE ${address} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Reelflow\r\nAccept: application/sdp\r\n\r\n`,
      );
    });
    socket.once('data', (data) => end(/^RTSP\/1\.\d (200|401)/.test(data.toString('latin1', 0, 64))));
    socket.once('error', () => end(false));
    socket.once('end', () => end(false));
  });
}
