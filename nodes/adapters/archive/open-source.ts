import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Channel, SourceKind } from '../../core/archive/channel.ts';
import type { LiveSource } from '../../core/archive/live-source.ts';
import type { Log } from '../../core/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { DashSource } from './dash/dash-source.ts';
import { HlsSource } from './hls/hls-source.ts';
import { StreamIngest } from './stream/stream-ingest.ts';
import { StreamSource } from './stream/stream-source.ts';
import { PublishingPoint } from './usp/publishing-point.ts';

const timeoutMs = 10_000;

export interface SourceSurroundings {
  clock: Clock;
  log: Log;
  /** Where streams are cut into segments. */
  ingestFolder: string;
  toolPath?: string;
}

/** The reader of a channel's address. What is not spoken here goes through FFmpeg. */
export function openLiveSource(
  url: string,
  { name, sourceKind }: Pick<Channel, 'name' | 'sourceKind'>,
  { clock, log, ingestFolder, toolPath = 'ffmpeg' }: SourceSurroundings,
): LiveSource {
  const kind = sourceKind === 'auto' ? kindOf(url) : sourceKind;
  const options = { clock, timeoutMs };
  switch (kind) {
    case 'hls':
      return new HlsSource(url, options);
    case 'usp':
      return new PublishingPoint(url, options);
    case 'dash':
      return new DashSource(url, options);
    case 'stream': {
      const urlHash = createHash('sha256').update(url).digest('hex').slice(0, 16);
      const folder = join(ingestFolder, `${name}-${urlHash}`);
      return new StreamSource(new StreamIngest({ url, urlHash, folder, toolPath, log }), options);
    }
  }
}

function kindOf(address: string): Exclude<SourceKind, 'auto'> {
  const { protocol, pathname } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return 'stream';
  if (/\.isml?\/?$/i.test(pathname)) return 'usp';
  return /\.mpd$/i.test(pathname) ? 'dash' : 'hls';
}
