import { type HlsLibrary, type HlsTrouble, useHlsLibrary } from './hls-library.ts';
import { mediaTimeOf, playedSpan } from './media-clock.ts';
import type { Stretch } from './timeline.ts';

export interface HlsPlayback {
  /** Wall clock of what is seen, epoch ms. */
  at(): number | undefined;
  /** What can be played, wall clock; undefined while that is not known. */
  span(): Stretch | undefined;
  /** To a time of day; where nothing is, to what comes after it. */
  seek(instant: number): void;
  close(): void;
}

const tries = 3;

type Play = (video: HTMLVideoElement, url: string, say: (words: string) => void) => Promise<HlsPlayback>;

/**
 * What plays a playlist of the archive in a video element, from its begin; to be called in a component's setup. `say` is
 * told what went wrong, in words, and an empty text when it goes on.
 */
export function useArchivePlayer(): Play {
  const load = useHlsLibrary();
  return async (video, url, say) => {
    const Library = await load().catch(() => {
      throw new Error('the player could not be loaded');
    });
    return Library.isSupported() ? playWith(Library, video, url, say) : playNative(video, url, say);
  };
}

async function playWith(Library: HlsLibrary, ...[video, url, say]: Parameters<Play>): Promise<HlsPlayback> {
  const hls = new Library({
    // A playlist that grows is no reason to begin at its end.
    startPosition: 0,
    maxBufferLength: 30,
    backBufferLength: 60,
  });
  let failures = 0;
  hls.on('hlsError', (_event, { fatal, type, details, response }: HlsTrouble) => {
    if (!fatal) return;
    failures += 1;
    if (failures <= tries && type === 'mediaError') hls.recoverMediaError();
    else say(wordsOf(response?.code, details));
  });
  hls.on('hlsFragBuffered', () => say(''));
  hls.loadSource(url);
  hls.attachMedia(video);
  await video.play().catch(() => {});
  const fragments = () => hls.latestLevelDetails?.fragments ?? [];
  return {
    at: () => hls.playingDate?.getTime(),
    span: () => playedSpan(fragments()),
    seek: (instant) => {
      video.currentTime = mediaTimeOf(fragments(), instant) ?? video.currentTime;
    },
    close: () => hls.destroy(),
  };
}

/** Safari plays HLS by itself, and on phones nothing else. */
async function playNative(...[video, url, say]: Parameters<Play>): Promise<HlsPlayback> {
  const fail = () => say('this browser can not play it');
  video.addEventListener('error', fail);
  video.src = url;
  await video.play().catch(() => {});
  const begin = (): number | undefined => {
    const start = (video as HTMLVideoElement & { getStartDate?: () => Date }).getStartDate?.().getTime();
    return Number.isNaN(start) ? undefined : start;
  };
  return {
    at: () => {
      const start = begin();
      return start === undefined ? undefined : start + video.currentTime * 1000;
    },
    span: () => {
      const from = begin();
      const { length } = video.seekable;
      return from === undefined || length === 0
        ? undefined
        : { from, to: from + video.seekable.end(length - 1) * 1000 };
    },
    seek: (instant) => {
      const start = begin();
      if (start !== undefined) video.currentTime = (instant - start) / 1000;
    },
    close: () => {
      video.removeEventListener('error', fail);
      video.removeAttribute('src');
      video.load();
    },
  };
}

function wordsOf(status: number | undefined, details: string): string {
  if (status === 404) return 'there is nothing of this time in the archive';
  if (status === 401 || status === 403) return 'the login has ended';
  return status === undefined ? `it can not be played (${details})` : `the server answered ${status}`;
}
