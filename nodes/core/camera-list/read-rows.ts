import { toReelflowError } from '../errors.ts';
import { pathOf } from './camera-path.ts';
import { type CameraRow, idOf, type RowProblem, type RowReading, readRow } from './camera-row.ts';
import type { ListedCamera } from './listed-camera.ts';

export interface ReadCameras {
  cameras: ListedCamera[];
  problems: RowProblem[];
}

export interface RowSurroundings extends RowReading {
  /** What of this list is known; a row that can not be understood any more leaves its camera as it was. */
  known: readonly ListedCamera[];
  /** Name of the camera of another list that has a path already. */
  takenBy: (path: string) => string | undefined;
}

/** Makes cameras of rows: ids and paths are unique, the earlier row keeps what two of them want. */
export function readRows(rows: readonly CameraRow[], around: RowSurroundings): ReadCameras {
  const known = new Map(around.known.map((camera) => [camera.id, camera]));
  const byId = new Map<string, ListedCamera>();
  const byPath = new Map<string, ListedCamera>();
  const problems: RowProblem[] = [];
  for (const [index, row] of rows.entries()) {
    const name = row['name'];
    const place =
      typeof name === 'string' && name !== '' ? `row ${index + 1} (${name.slice(0, 64)})` : `row ${index + 1}`;
    try {
      const camera = readRow(row, around);
      const problem = clash(camera, byId, byPath, around);
      if (problem) problems.push({ row: place, ...problem });
      else keep(camera);
    } catch (thrown) {
      const { message, field } = toReelflowError(thrown);
      problems.push({ row: place, ...(field === undefined ? {} : { field }), message });
      const camera = known.get(idOf(row, around));
      if (camera && !clash(camera, byId, byPath, around)) keep(camera);
    }
  }
  return { cameras: [...byId.values()], problems };

  function keep(camera: ListedCamera): void {
    byId.set(camera.id, camera);
    byPath.set(pathOf(camera.name), camera);
  }
}

function clash(
  camera: ListedCamera,
  byId: ReadonlyMap<string, ListedCamera>,
  byPath: ReadonlyMap<string, ListedCamera>,
  { takenBy, listId }: RowSurroundings,
): Omit<RowProblem, 'row'> | undefined {
  if (byId.has(camera.id)) {
    return { field: 'id', message: `id: ${camera.id.slice(listId.length + 1)} is there already` };
  }
  const path = pathOf(camera.name);
  return nameClash(camera, byPath.get(path)?.name ?? takenBy(path));
}

/** Undefined when no other camera has the path. */
export function nameClash({ name }: ListedCamera, other: string | undefined): Omit<RowProblem, 'row'> | undefined {
  if (other === undefined) return undefined;
  const same = other === name ? 'another camera is called so' : `"${other}" is ${pathOf(name)} as well`;
  return { field: 'name', message: `name: ${same}; names must differ in their letters and digits` };
}
