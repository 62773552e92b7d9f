import { computed, onScopeDispose, type Ref, shallowRef } from 'vue';
import type { Api } from './api.ts';
import { type CameraListJson, type ListedCameraJson, type RestreamJson, type WallCamera, wallOf } from './cameras.ts';
import { whileSeen } from './station.ts';

const restreamsEveryMs = 2000;
/** Lists change rarely, and after each change made here they are asked for anyway. */
const listsEveryMs = 10_000;

export interface Wall {
  cameras: Ref<WallCamera[]>;
  lists: Ref<CameraListJson[]>;
  makes: Ref<string[]>;
  /** False until the first answer. */
  isKnown: Ref<boolean>;
  /** Asks for everything now. */
  reload(): Promise<void>;
}

/** The cameras of the station while the widget is there. What is known stays while the station is away. */
export function useWall(api: Api): Wall {
  const listed = shallowRef<ListedCameraJson[]>([]);
  const restreams = shallowRef<RestreamJson[]>([]);
  const lists = shallowRef<CameraListJson[]>([]);
  const makes = shallowRef<string[]>([]);
  const isKnown = shallowRef(false);
  const cameras = computed(() => wallOf(listed.value, restreams.value));
  let isGone = false;
  onScopeDispose(() => {
    isGone = true;
  });

  async function loadRestreams(): Promise<void> {
    const answer = await api.get<{ restreams: RestreamJson[] }>('/api/v1/restreams');
    if (!isGone) restreams.value = answer.restreams;
  }
  async function loadLists(): Promise<void> {
    const answer = await api.get<{ cameras: ListedCameraJson[]; lists: CameraListJson[]; makes: string[] }>(
      '/api/v1/cameras',
    );
    listed.value = answer.cameras;
    lists.value = answer.lists;
    makes.value = answer.makes;
  }
  async function reload(): Promise<void> {
    await Promise.all([loadRestreams(), loadLists()]);
    isKnown.value = true;
  }
  const quietly = (load: () => Promise<void>) => {
    let isLoading = false;
    return () => {
      if (isLoading) return;
      isLoading = true;
      load()
        // The frame of the page says that the station is away.
        .catch(() => {})
        .finally(() => {
          isLoading = false;
        });
    };
  };
  quietly(reload)();
  whileSeen(restreamsEveryMs, quietly(loadRestreams));
  whileSeen(listsEveryMs, quietly(reload));
  return { cameras, lists, makes, isKnown, reload };
}
