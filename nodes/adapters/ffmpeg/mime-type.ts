import { extname } from 'node:path';

const types: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mkv': 'video/x-matroska',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.ts': 'video/mp2t',
  '.avi': 'video/x-msvideo',
  '.m4a': 'audio/mp4',
  '.mka': 'audio/x-matroska',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
};

/** Media type of a file by its name. Without video, MP4, Matroska and WebM are audio. */
export function mimeTypeOf(path: string, hasVideo = true): string {
  const type = types[extname(path).toLowerCase()] ?? 'application/octet-stream';
  return hasVideo ? type : type.replace(/^video\/(mp4|x-matroska|webm)$/, 'audio/$1');
}
