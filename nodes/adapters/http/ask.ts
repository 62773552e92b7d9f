import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Question {
  method?: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Ends the question, and the reading of its answer. */
  signal: AbortSignal;
}

/**
 * One request, as the head of its answer; the body is to be read or destroyed. By node:http: the fetch of Node 24 ends the
 * whole process when a server closes the connection while nobody reads yet.
 *
 * Rejects with what the connection throws.
 */
export async function ask(url: URL, question: Question, isSecond = false): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, signal } = question;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  // What changes something has a connection of its own: nobody could tell whether a kept one had still taken it.
  const request = send(url, { method, headers, signal, ...(method === 'GET' ? {} : { agent: false }) }, resolve);
  request.on('error', reject);
  request.end(body);
  try {
    const answer = await promise;
    // It reaches whoever reads, then; a connection that breaks off before anybody does must not end the process.
    answer.on('error', () => {});
    return answer;
  } catch (error) {
    // A kept connection that the server has just closed says nothing about the server.
    if (isSecond || !request.reusedSocket || signal.aborted) throw error;
    return await ask(url, question, true);
  }
}
