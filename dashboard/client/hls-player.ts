import { useHlsLibrary } from './hls-library.ts';

/** The station keeps a request for the playlist until the first piece is there. */
const patientMs = 25_000;

/** How videos are played on this page; to be called in a component's setup. */
export function useHlsPlayer(): (video: HTMLVideoElement, url: string, onFailed: () => void) => Promise<() => void> {
  const load = useHlsLibrary();
  /** Settles when it has begun to load; answers with what ends it. */
  return async (video, url, onFailed) => {
    const Hls = await load();
    if (!Hls.isSupported()) return playNatively(video, url, onFailed);
    const player = new Hls({
      enableWorker: false,
      backBufferLength: 10,
      liveDurationInfinity: true,
      manifestLoadPolicy: {
        default: {
          maxTimeToFirstByteMs: patientMs,
          maxLoadTimeMs: patientMs,
          timeoutRetry: null,
          errorRetry: { maxNumRetry: 2, retryDelayMs: 1000, maxRetryDelayMs: 4000 },
        },
      },
    });
    let hasRecovered = false;
    player.on('hlsError', (_event, { fatal, type }) => {
      if (!fatal) return;
      if (type === 'mediaError' && !hasRecovered) {
        hasRecovered = true;
        player.recoverMediaError();
        return;
      }
      player.destroy();
      onFailed();
    });
    player.loadSource(url);
    player.attachMedia(video);
    return () => player.destroy();
  };
}

/** Telephones that know HLS themselves have no other way. */
function playNatively(video: HTMLVideoElement, url: string, onFailed: () => void): () => void {
  if (video.canPlayType('application/vnd.apple.mpegurl') === '') {
    onFailed();
    return () => {};
  }
  video.addEventListener('error', onFailed, { once: true });
  video.src = url;
  return () => {
    video.removeEventListener('error', onFailed);
    video.removeAttribute('src');
    video.load();
  };
}
