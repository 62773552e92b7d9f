import { type Ref, ref } from 'vue';
import { timeAt } from './archive-window.ts';
import type { Stretch } from './timeline.ts';

export interface GestureOptions {
  shown: () => Stretch;
  /** A press, epoch ms. */
  press: (at: number) => void;
  /** A stretch that was drawn, from left to right. */
  select: (span: Stretch) => void;
}

/** A finger that has moved less meant to press. */
const dragPx = 8;

/** Presses and drags on a timeline, with mouse, finger or pen. Vertical ones of a finger scroll the page, as ever. */
export function useTimelineGestures(
  frame: Ref<HTMLElement | null>,
  { shown, press, select }: GestureOptions,
): { drawn: Ref<Stretch | undefined>; down: (event: PointerEvent) => void; cancel: () => void } {
  const drawn = ref<Stretch>();
  let start: { x: number; id: number } | undefined;

  const placeOf = (event: PointerEvent): { x: number; width: number } => {
    const box = frame.value?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), width: box?.width ?? 1 };
  };
  const span = (x: number, width: number): Stretch => {
    const one = timeAt(start?.x ?? x, shown(), width);
    const other = timeAt(x, shown(), width);
    return { from: Math.min(one, other), to: Math.max(one, other) };
  };
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== start?.id) return;
    const { x, width } = placeOf(event);
    if (drawn.value || Math.abs(x - start.x) >= dragPx) drawn.value = span(x, width);
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId !== start?.id) return;
    const { x, width } = placeOf(event);
    if (drawn.value) select(span(x, width));
    else press(timeAt(x, shown(), width));
    cancel();
  };
  function down(event: PointerEvent): void {
    if (event.button !== 0 || start) return;
    start = { x: placeOf(event).x, id: event.pointerId };
    // What is drawn beyond the timeline's edge is still meant for it.
    frame.value?.setPointerCapture(event.pointerId);
    frame.value?.addEventListener('pointermove', move);
    frame.value?.addEventListener('pointerup', up);
  }
  function cancel(): void {
    start = undefined;
    drawn.value = undefined;
    frame.value?.removeEventListener('pointermove', move);
    frame.value?.removeEventListener('pointerup', up);
  }
  return { drawn, down, cancel };
}
