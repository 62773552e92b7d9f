import { randomBytes } from 'node:crypto';

/** A form with one file at its end; the head and the tail are what stands around the file's bytes. */
export interface FileForm {
  contentType: string;
  head: Buffer;
  tail: Buffer;
}

/**
 * RFC 7578. The file comes last: the core's parser stops at the first part that has a file name, so what stands behind
 * it would not be read (IngestRestService addMediaPackageTrack).
 *
 * @param fields in order
 */
export function fileForm(
  fields: readonly (readonly [name: string, value: string])[],
  file: { name: string; mimeType: string },
): FileForm {
  const boundary = `reelflow-${randomBytes(12).toString('hex')}`;
  const plain = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="BODY"; filename="${quoted(file.name)}"\r\n` +
    `Content-Type: ${file.mimeType.replace(/[\r\n]/g, '')}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    head: Buffer.from(plain.join('') + head),
    tail: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}

/** As browsers do it (WHATWG HTML, multipart/form-data encoding). */
function quoted(text: string): string {
  return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
