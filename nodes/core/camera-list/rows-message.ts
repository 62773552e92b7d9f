import { z } from 'zod';
import { ReelflowError } from '../errors.ts';
import { pathOf } from './camera-path.ts';
import { type CameraRow, type RowReading, readRow } from './camera-row.ts';
import type { ListedCamera } from './listed-camera.ts';
import { readPayload } from './read-payload.ts';
import { nameClash } from './read-rows.ts';

const row = z.record(z.string(), z.unknown(), 'must be an object');
const rowsSchema = z.array(row).max(10_000);
const changeSchema = z.strictObject({ action: z.enum(['add', 'change', 'remove']), camera: row });

/** `msg.payload` that is a whole list. Throws MESSAGE_INVALID. */
export function readRowsMessage(payload: unknown): CameraRow[] {
  return readPayload(rowsSchema, payload);
}

/**
 * The list after `msg.payload`, one change: `{action: 'add' | 'change' | 'remove', camera: row}`; a removal needs the row's id
 * or name only. Throws MESSAGE_INVALID, ROW_INVALID.
 */
export function applyChange(
  cameras: readonly ListedCamera[],
  payload: unknown,
  reading: RowReading & { takenBy: (path: string) => string | undefined },
): ListedCamera[] {
  const { action, camera: row } = readPayload(changeSchema, payload);
  if (action === 'remove') {
    const wanted = String(row['id'] ?? row['name']);
    return cameras.filter(({ id, name }) => id !== `${reading.listId}:${wanted}` && name !== wanted);
  }
  const camera = readRow(row, reading);
  const path = pathOf(camera.name);
  const others = cameras.filter(({ id }) => id !== camera.id);
  const clash = nameClash(camera, others.find(({ name }) => pathOf(name) === path)?.name ?? reading.takenBy(path));
  if (clash) throw new ReelflowError('ROW_INVALID', clash.message, { field: 'name' });
  if (others.length === cameras.length) return [...cameras, camera];
  return cameras.map((one) => (one.id === camera.id ? camera : one));
}
