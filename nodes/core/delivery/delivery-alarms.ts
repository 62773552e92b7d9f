import type { Alarms } from '../alarms/alarms.ts';
import type { ReelflowError } from '../errors.ts';

/** One alarm for each deliver node that can not deliver, whatever number of recordings wait for it. */
export class DeliveryAlarms {
  readonly #alarms: Alarms;
  readonly #failing = new Map<string, Map<string, { title: string; error: ReelflowError }>>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  failed(
    node: { deliverId: string; name: string },
    recording: { id: string; title: string },
    error: ReelflowError,
  ): void {
    const failing = this.#failing.get(node.deliverId) ?? new Map<string, { title: string; error: ReelflowError }>();
    this.#failing.set(node.deliverId, failing.set(recording.id, { title: recording.title, error }));
    const what = failing.size === 1 ? `"${recording.title}"` : `${failing.size} recordings`;
    this.#alarms.raise(keyOf(node.deliverId), {
      severity: 'error',
      code: error.code,
      message: `${node.name}: ${what} can not be delivered yet: ${error.message}`,
    });
  }

  over(deliverId: string, recordingId: string): void {
    const failing = this.#failing.get(deliverId);
    if (!failing?.delete(recordingId) || failing.size > 0) return;
    this.#failing.delete(deliverId);
    this.#alarms.clear(keyOf(deliverId));
  }
}

function keyOf(deliverId: string): string {
  return `delivery-failing:${deliverId}`;
}
