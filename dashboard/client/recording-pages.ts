import { type ComputedRef, computed, type Ref, shallowRef, watch } from 'vue';
import { type Action, useAction } from './action.ts';
import type { Api } from './api.ts';
import type { LiveState } from './live.ts';
import { type ListFilter, matchesSearch } from './recording-list.ts';
import type { RecordingJson } from './types.ts';

const pageSize = 50;
/** After the last key that was pressed. */
const settleMs = 300;

interface Page {
  recordings: RecordingJson[];
  next?: string;
}

/** All recordings that a filter and a search let through: those the page follows live, and older ones on demand. */
export interface RecordingPages {
  found: ComputedRef<RecordingJson[]>;
  /** There are more at the station. */
  hasMore: ComputedRef<boolean>;
  loading: Action;
  /** Asks for the next page. */
  load(): Promise<void>;
}

/** `filter` and `search` are what is chosen now; a change begins anew. */
export function useRecordingPages(
  { api, state }: { api: Api; state: LiveState },
  filter: Ref<ListFilter>,
  search: Ref<string>,
): RecordingPages {
  const loading = useAction();
  const older = shallowRef<RecordingJson[]>([]);
  /** undefined: nothing was asked for yet; null: there is nothing behind. */
  const cursor = shallowRef<string | null>();
  let question = 0;

  const found = computed(() => {
    const isShown = (one: RecordingJson) => filter.value.matches(one) && matchesSearch(one, search.value);
    // The last of each id counts: what is followed live is up to date.
    const byId = new Map([...older.value, ...state.recordings].map((one) => [one.id, one]));
    for (const id of state.removedIds) byId.delete(id);
    return [...byId.values()].filter(isShown).sort((a, b) => Date.parse(b.plannedStart) - Date.parse(a.plannedStart));
  });
  const hasMore = computed(() => state.olderCursor !== undefined && cursor.value !== null);

  async function load(): Promise<void> {
    const own = question;
    await loading.run(async () => {
      const query = new URLSearchParams({ limit: String(pageSize), ...filter.value.query });
      if (search.value.trim() !== '') query.set('q', search.value.trim());
      // All that is newer is known already.
      const behind = cursor.value ?? state.olderCursor;
      if (behind !== undefined) query.set('cursor', behind);
      const page = await api.get<Page>(`/api/v1/recordings?${query}`);
      // The question has changed while this one was answered.
      if (own !== question) return;
      older.value = [...older.value, ...page.recordings];
      cursor.value = page.next ?? null;
    });
    if (own !== question) await load();
  }

  let settling: ReturnType<typeof setTimeout> | undefined;
  watch([filter, search], () => {
    question += 1;
    older.value = [];
    cursor.value = undefined;
    clearTimeout(settling);
    // What the page knows by itself is shown at once; only behind it may be more.
    if (state.olderCursor !== undefined) settling = setTimeout(() => void load(), settleMs);
  });
  return { found, hasMore, loading, load };
}
