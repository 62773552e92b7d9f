/** Not allowed in names by some file system that people deliver to (FAT, NTFS, SMB), or by a path itself. */
const separators = /[/\\:|]/g;
const forbidden = /[*?"<>]/g;
// Control characters, line separators, and the marks that turn the writing direction: a name must look like what it is.
const invisible = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;
const edges = /^[\s.-]+|[\s.-]+$/g;

/** ext4, NTFS and SMB allow 255 bytes; room is left for a number, an extension and `.partial`. */
export const longestNameBytes = 180;

/** Any text as (part of) the name of one file or folder; never with a separator in it, possibly empty. */
export function safeText(text: string): string {
  const plain = text.toWellFormed().normalize('NFC').replace(invisible, ' ');
  return plain.replace(separators, '-').replace(forbidden, '').replace(/\s+/g, ' ').trim();
}

/** A whole name: no dots or blanks at its ends (Windows drops them), no device name, not longer than 180 bytes. */
export function safeSegment(text: string): string {
  const name = cutToBytes(text.replace(edges, ''), longestNameBytes).replace(edges, '');
  return reserved.test(name.split('.', 1)[0] ?? '') ? `_${name}` : name;
}

/** The file extension of a path, without the dot, lower case; empty when there is none that looks like one. */
export function extensionOf(path: string): string {
  return /[^/]\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** In UTF-8; cut between characters, not within one. */
export function cutToBytes(text: string, mostBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > mostBytes) return kept;
    kept += character;
  }
  return kept;
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
