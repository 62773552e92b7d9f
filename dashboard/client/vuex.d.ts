/** The little of Vuex that the widgets use; Vuex itself comes from the Dashboard. */
declare module 'vuex' {
  export function useStore<State>(): { state: State };
}

/** Vite takes it in. */
declare module '*.css' {}
