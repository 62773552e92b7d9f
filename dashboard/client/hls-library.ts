import { useStore } from 'vuex';
import type { HlsFragment } from './media-clock.ts';

/** The little of hls.js that is used here; its own types are 200 kB. */
export interface HlsPlayer {
  /** Wall clock of what is seen. */
  readonly playingDate: Date | null;
  /** The playlist as it was last read. */
  readonly latestLevelDetails: { fragments: HlsFragment[] } | null;
  attachMedia(video: HTMLVideoElement): void;
  loadSource(url: string): void;
  on(event: string, listener: (event: string, data: HlsTrouble) => void): void;
  recoverMediaError(): void;
  destroy(): void;
}

export interface HlsTrouble {
  fatal: boolean;
  type: string;
  details: string;
  response?: { code: number };
}

export interface HlsLibrary {
  new (config: object): HlsPlayer;
  isSupported(): boolean;
}

/** As the Dashboard's store has it. */
interface DashboardSetup {
  setup: { setup: { RED: { httpAdminRoot: string } } };
}

const file = '@reelflow/node-red-dashboard-2-reelflow/hls.min.mjs';

/** What loads hls.js; to be called in a component's setup. */
export function useHlsLibrary(): () => Promise<HlsLibrary> {
  const { state } = useStore<DashboardSetup>();
  return async () => {
    // Only where somebody plays: it is larger than all of the page. From where the Dashboard has the page itself.
    const address = `${state.setup.setup.RED.httpAdminRoot}/resources/${file}`.replaceAll('//', '/');
    return ((await import(/* @vite-ignore */ address)) as { default: HlsLibrary }).default;
  };
}
