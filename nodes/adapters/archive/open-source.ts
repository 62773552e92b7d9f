import type { Channel, SourceKind } from '../../core/archive/channel.ts';
import type { LiveSource } from '../../core/archive/live-source.ts';
import { ReelflowError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { Clock } from '../../core/time/clock.ts';
import { HlsSource } from './hls/hls-source.ts';

const timeoutMs = 10_000;

/**
 * The reader of a channel's address. A publishing point of Unified Origin offers its whole window as HLS below its own
 * address, so that it needs no reader of its own.
 */
export function openLiveSource(url: string, { sourceKind }: Pick<Channel, 'sourceKind'>, clock: Clock): LiveSource {
  const kind = sourceKind === 'auto' ? kindOf(url) : sourceKind;
  switch (kind) {
    case 'hls':
      return new HlsSource(url, { clock, timeoutMs });
    case 'usp':
      return new HlsSource(publishingPointPlaylist(url), { clock, timeoutMs });
    case 'dash':
      return new Unreadable(url, 'DASH sources can not be archived yet; use the HLS address of the same channel');
    case 'stream':
      return new Unreadable(url, 'only HLS sources can be archived yet; let FFmpeg or a media server make HLS of it');
  }
}

function kindOf(address: string): Exclude<SourceKind, 'auto'> {
  const { protocol, pathname } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return 'stream';
  if (/\.isml?\/?$/i.test(pathname)) return 'usp';
  return /\.mpd$/i.test(pathname) ? 'dash' : 'hls';
}

function publishingPointPlaylist(address: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/.m3u8`;
  return url.href;
}

/** An address that is kept, and said to be of no use each time it is asked. */
class Unreadable implements LiveSource {
  readonly #error: ReelflowError;

  constructor(url: string, reason: string) {
    this.#error = new ReelflowError('SOURCE_UNSUPPORTED', `${redact(url)}: ${reason}`);
  }

  async window(): Promise<never> {
    throw this.#error;
  }

  follow(): never {
    throw this.#error;
  }
}
