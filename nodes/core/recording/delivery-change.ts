import type { Recording, RecordingState } from './recording.ts';
import type { DeliveryChange } from './recordings.ts';

/** What a delivering node reports, as fields and state of the recording. Pure. */
export function applyDelivery(
  recording: Recording,
  change: DeliveryChange,
): { fields: Partial<Recording>; next?: RecordingState } {
  switch (change.kind) {
    case 'begun': {
      const { deliverId, target, bytesTotal } = change;
      const attempts = recording.delivery?.deliverId === deliverId ? recording.delivery.attempts : 0;
      const delivery = { deliverId, target, bytesTotal, bytesDone: 0, attempts };
      const fields = { delivery, isOnHold: false };
      return recording.state === 'delivering' ? { fields } : { fields, next: 'delivering' };
    }
    case 'held': {
      const { deliverId, target, bytesTotal } = change;
      const delivery = { deliverId, target, bytesTotal, bytesDone: 0, attempts: 0 };
      return { fields: { delivery, isOnHold: true } };
    }
    case 'progress':
      return recording.delivery
        ? { fields: { delivery: { ...recording.delivery, bytesDone: change.bytesDone } } }
        : { fields: {} };
    case 'failed':
      return recording.delivery
        ? { fields: { delivery: { ...recording.delivery, attempts: change.attempts, lastError: change.error } } }
        : { fields: {} };
    case 'delivered': {
      const moved = change.tracks ? { tracks: change.tracks } : {};
      if (!recording.delivery) return { fields: moved, next: 'delivered' };
      const { lastError: _over, ...delivery } = recording.delivery;
      const done = { ...delivery, bytesDone: delivery.bytesTotal, paths: change.paths };
      return { fields: { delivery: done, ...moved }, next: 'delivered' };
    }
    case 'abandoned': {
      const fields = { isOnHold: change.isOnHold ?? false };
      return recording.state === 'delivering' ? { fields, next: 'recorded' } : { fields };
    }
  }
}
