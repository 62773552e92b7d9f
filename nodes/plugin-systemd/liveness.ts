import { get, type Server } from 'node:http';
import { z } from 'zod';

/** What our own /health says, asked through our own front door. */
export interface Liveness {
  /** Answers, and nothing is wrong that a restart could mend. */
  isAlive: boolean;
  /** Why not, as codes. */
  reasons: string[];
}

/** More than any stall that is normal here; below it the watchdog has the last word. */
const longestMs = 10_000;
const mostBytes = 10_000;

/** Wrong, but no better after a restart. */
const unmendable = new Set(['DISK_FULL']);

const answer = z.object({ reasons: z.array(z.string()).default([]) });

/**
 * A real request: that it is answered shows that the event loop turns, that the server takes connections, that the flows
 * have started and that the database can be read. Never rejects.
 */
export async function askHealth(server: Server): Promise<Liveness> {
  const address = server.address();
  if (address === null || typeof address === 'string') return { isAlive: false, reasons: ['NOT_LISTENING'] };
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address;
  try {
    const { reasons } = answer.parse(JSON.parse(await textOf(`http://${hostPart(host)}:${address.port}/health`)));
    return { isAlive: reasons.every((code) => unmendable.has(code)), reasons };
  } catch {
    return { isAlive: false, reasons: ['NO_ANSWER'] };
  }
}

function hostPart(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function textOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(longestMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > mostBytes) request.destroy(new Error('not our /health'));
      });
      response.once('end', () => resolve(text));
      response.once('error', reject);
    });
    request.once('error', reject);
  });
}
