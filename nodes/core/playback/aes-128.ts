import { createCipheriv } from 'node:crypto';

const blockBytes = 16;

export interface Aes128 {
  key: Uint8Array;
  iv: Uint8Array;
}

/** Length of what AES-128-CBC makes of so many bytes: PKCS7 always adds some. */
export function encryptedLength(length: number): number {
  return (Math.floor(length / blockBytes) + 1) * blockBytes;
}

/**
 * AES-128 in CBC mode with PKCS7 padding, as RFC 8216 section 4.3.2.4 has it for a whole segment. Streams. Each block needs
 * the one before: what lies in front of `start` is read as well, and not given out.
 *
 * @param range bytes of what comes out, the end not in it
 */
export async function* encrypted(
  bytes: AsyncIterable<Uint8Array>,
  { key, iv }: Aes128,
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const part of padded(bytes, { key, iv })) {
    const wanted = part.subarray(Math.max(0, range.start - at), Math.max(0, range.end - at));
    at += part.length;
    if (wanted.length > 0) yield wanted;
    if (at >= range.end) return;
  }
}

async function* padded(bytes: AsyncIterable<Uint8Array>, { key, iv }: Aes128): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  for await (const part of bytes) yield cipher.update(part);
  yield cipher.final();
}
