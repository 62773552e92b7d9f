import { type ComputedRef, computed, onScopeDispose, type Ref, ref } from 'vue';
import { Api } from './api.ts';
import { type LiveState, LiveStation } from './live.ts';

interface PageStation {
  api: Api;
  live: LiveStation;
  /** The station's wall clock, epoch ms; ticks twice a second. */
  now: Ref<number>;
}

/** Each widget is a bundle of its own with its own copy of this module: what they share hangs on the window. */
const key = Symbol.for('reelflow.dashboard.station');
const shared = window as unknown as { [key]?: PageStation };

function openPageStation(): PageStation {
  const onLoggedOut = () => {
    const here = `${location.pathname}${location.search}`;
    location.assign(`/login?next=${encodeURIComponent(here)}`);
  };
  const api = new Api({ onLoggedOut });
  const live = new LiveStation({
    api,
    onLoggedOut,
    openEvents: (signal) => fetch('/api/v1/events', { signal, headers: { accept: 'text/event-stream' } }),
  });
  const now = ref(Date.now());
  setInterval(() => {
    now.value = Date.now() + live.state.clockOffsetMs;
  }, 500);
  addEventListener('online', () => live.hurry());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) live.hurry();
  });
  live.start();
  return { api, live, now };
}

/** The station as every widget of the page sees it. */
export function useStation(): {
  api: Api;
  live: LiveStation;
  state: LiveState;
  now: Ref<number>;
  isLive: ComputedRef<boolean>;
  /** May record, deliver, upload. What somebody may not do is not offered; the server refuses it in any case. */
  mayOperate: ComputedRef<boolean>;
  /** May delete, and manage users. */
  mayAdminister: ComputedRef<boolean>;
} {
  shared[key] ??= openPageStation();
  const { api, live, now } = shared[key];
  const { state } = live;
  return {
    api,
    live,
    state,
    now,
    isLive: computed(() => state.connection === 'live'),
    mayOperate: computed(() => state.me?.role === 'operator' || state.me?.role === 'admin'),
    mayAdminister: computed(() => state.me?.role === 'admin'),
  };
}

/** Calls back on every tick of an interval while the widget is there and the page can be seen. */
export function whileSeen(intervalMs: number, run: () => void): void {
  const timer = setInterval(() => {
    if (!document.hidden) run();
  }, intervalMs);
  onScopeDispose(() => clearInterval(timer));
}
