import { useStore } from 'vuex';

/** The little of hls.js that is used here; its own types are 200 kB. */
interface HlsPlayer {
  attachMedia(video: HTMLVideoElement): void;
  loadSource(url: string): void;
  on(event: string, listener: (event: string, data: { fatal: boolean; type: string }) => void): void;
  recoverMediaError(): void;
  destroy(): void;
}
interface HlsLibrary {
  new (config: object): HlsPlayer;
  isSupported(): boolean;
}

/** As the Dashboard's store has it. */
interface DashboardSetup {
  setup: { setup: { RED: { httpAdminRoot: string } } };
}

const file = '@reelflow/node-red-dashboard-2-reelflow/hls.light.min.mjs';
/** The station keeps a request for the playlist until the first piece is there. */
const patientMs = 25_000;

/** How videos are played on this page; to be called in a component's setup. */
export function useHlsPlayer(): (video: HTMLVideoElement, url: string, onFailed: () => void) => Promise<() => void> {
  const { state } = useStore<DashboardSetup>();
  /** Settles when it has begun to load; answers with what ends it. */
  return async (video, url, onFailed) => {
    // Only where somebody opens a camera: it is larger than all of the page. From where the Dashboard has the page itself.
    const address = `${state.setup.setup.RED.httpAdminRoot}/resources/${file}`.replaceAll('//', '/');
    const { default: Hls } = (await import(/* @vite-ignore */ address)) as { default: HlsLibrary };
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
