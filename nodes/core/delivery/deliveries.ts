import type { Recording } from '../recording/recording.ts';
import type { TargetCheck } from './delivery-files.ts';

/** Settings of one capture-deliver node. */
export interface DeliverySettings {
  deliverId: string;
  name: string;
  /** Absolute. */
  folder: string;
  /** `move` removes the recording's own files once the delivered ones are verified. */
  mode: 'copy' | 'move';
  /** See name-template.ts. */
  nameTemplate: string;
  check: TargetCheck;
}

/** What a message may say otherwise than the node. */
export type DeliveryOverrides = Partial<Pick<DeliverySettings, 'folder' | 'mode' | 'nameTemplate'>>;

export interface DeliveryProgress {
  deliverId: string;
  recordingId: string;
  title: string;
  /** The target folder. */
  target: string;
  state: 'waiting' | 'copying' | 'verifying' | 'retrying';
  bytesDone: number;
  bytesTotal: number;
  /** Failed ones so far. */
  attempts: number;
  /** Why the last attempt failed. */
  error?: { code: string; message: string };
}

export interface DeliveryListeners {
  /** At least once for each recording that this node delivered, in the state `delivered`. */
  onDelivered(recording: Recording): void;
  /** Some times a second at most, and at each change of `state`. */
  onProgress(progress: DeliveryProgress): void;
}

/** The deliveries of a station. The deliver nodes attach to it; it outlives them. */
export interface Deliveries {
  /**
   * Attaches a deliver node: what it had accepted goes on with these settings, and what waits is tried at once. The
   * returned function detaches it; with `true` (the node was deleted) what it has not delivered yet is given up, and
   * those recordings are `recorded` again.
   */
  attach(settings: DeliverySettings, listeners: DeliveryListeners): (isRemoved?: boolean) => void;
  /**
   * Accepts a recording for delivery; kept on the disk when it returns, twice is once.
   * Throws RECORDING_UNKNOWN, DELIVERY_UNKNOWN (no such node), NAME_TEMPLATE_INVALID.
   */
  deliver(deliverId: string, recordingId: string, overrides?: DeliveryOverrides): void;
  /** All that is under way or waiting. */
  progress(): DeliveryProgress[];
}
