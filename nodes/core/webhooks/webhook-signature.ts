import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const madeBytes = 32;
const leastBytes = 24;
const mostBytes = 64;

export function makeWebhookSecret(): string {
  return prefix + randomBytes(madeBytes).toString('base64');
}

export function isWebhookSecret(text: string): boolean {
  const encoded = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false;
  const { length } = Buffer.from(encoded, 'base64');
  return length >= leastBytes && length <= mostBytes;
}

/**
 * Headers of a message as the Standard Webhooks specification has them: id, seconds since 1970, and
 * `v1,` with the HMAC-SHA256 of `id.timestamp.body` in base64.
 */
export function signWebhook(secret: string, id: string, nowMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
