import { onScopeDispose, type Ref, shallowRef } from 'vue';
import type { Api } from './api.ts';
import type { CaptureJobJson, ChannelJson, ClipJson } from './archive-types.ts';
import { whileSeen } from './station.ts';

const everyMs = 2000;
const shownJobs = 100;

export interface ArchiveFeed {
  channels: Ref<ChannelJson[]>;
  /** Newest first. */
  jobs: Ref<CaptureJobJson[]>;
  /** Newest first. */
  clips: Ref<ClipJson[]>;
  /** False until the first answer. */
  isKnown: Ref<boolean>;
  reload(): Promise<void>;
}

/** The channels and their jobs while the widget is there. What is known stays while the station is away. */
export function useArchiveFeed(api: Api): ArchiveFeed {
  const channels = shallowRef<ChannelJson[]>([]);
  const jobs = shallowRef<CaptureJobJson[]>([]);
  const clips = shallowRef<ClipJson[]>([]);
  const isKnown = shallowRef(false);
  const reload = async (): Promise<void> => {
    const [first, second, third] = await Promise.all([
      api.get<{ channels: ChannelJson[] }>('/api/v1/channels'),
      api.get<{ jobs: CaptureJobJson[] }>(`/api/v1/jobs?limit=${shownJobs}`),
      api.get<{ clips: ClipJson[] }>('/api/v1/clips'),
    ]);
    channels.value = first.channels;
    jobs.value = second.jobs;
    clips.value = third.clips;
    isKnown.value = true;
  };
  repeat(everyMs, reload);
  return { channels, jobs, clips, isKnown, reload };
}

/**
 * Asks now and again and again while the page is seen, never twice at once. Answers with what asks out of turn; an
 * answer to what was asked before that is not waited for.
 */
export function repeat(intervalMs: number, load: () => Promise<void>): () => void {
  let isLoading = false;
  let isGone = false;
  let isWanted = false;
  onScopeDispose(() => {
    isGone = true;
  });
  const ask = (): void => {
    isWanted = isLoading;
    if (isLoading || isGone) return;
    isLoading = true;
    load()
      // The frame of the page says that the station is away.
      .catch(() => {})
      .finally(() => {
        isLoading = false;
        if (isWanted) ask();
      });
  };
  ask();
  whileSeen(intervalMs, () => {
    if (!isLoading) ask();
  });
  return ask;
}
