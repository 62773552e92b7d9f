import { type Ref, ref } from 'vue';
import { sentenceOf } from './api.ts';

/** One thing a person asked for: busy while it runs, and in words why it was refused. */
export interface Action {
  isBusy: Ref<boolean>;
  refusal: Ref<string>;
  /** True when it worked. Never rejects; a second press while it runs is ignored. */
  run(act: () => Promise<unknown>): Promise<boolean>;
}

export function useAction(): Action {
  const isBusy = ref(false);
  const refusal = ref('');
  async function run(act: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    refusal.value = '';
    try {
      await act();
      return true;
    } catch (error) {
      refusal.value = sentenceOf(error);
      return false;
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, refusal, run };
}
