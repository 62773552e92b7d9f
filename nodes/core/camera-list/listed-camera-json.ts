import { hasSecret, shownAddress } from './camera-address.ts';
import type { CameraLists, CameraListView } from './camera-lists.ts';
import { pathOf } from './camera-path.ts';
import type { CameraOptions, ListedCamera } from './listed-camera.ts';
import type { OwnCamera } from './own-camera.ts';
import { listedOf, ownListId } from './own-cameras.ts';

/** A camera of a list as API, bus and dashboard show it: without user, password and other secrets. */
export interface ListedCameraJson {
  id: string;
  /** Its name in addresses and topics. */
  path: string;
  name: string;
  /** Without secrets. */
  address: string;
  /** A login, or another part of the address, is kept and not shown. */
  hasSecret: boolean;
  listId: string;
  /** It was entered here and can be changed here. */
  isOwn: boolean;
  options: CameraOptions;
  /** Of one that was entered by make and host. */
  parts?: Pick<OwnCamera, 'make' | 'host' | 'port' | 'channel' | 'stream'>;
}

/** Every camera of every list, and those of the own list also while no node brings it in. */
export function camerasJson(lists: CameraLists): ListedCameraJson[] {
  const own = new Map(lists.own.list().map((camera) => [`${ownListId}:${camera.id}`, camera]));
  const others = lists.list().filter(({ listId }) => listId !== ownListId);
  return [
    ...[...own.values()].map(ownCameraJson),
    ...others.flatMap(({ listId, cameras }) => cameras.map((camera) => cameraJson(camera, listId))),
  ];
}

export function ownCameraJson(camera: OwnCamera): ListedCameraJson {
  const { make, host, port, channel, stream } = camera;
  const given = Object.entries({ make, host, port, channel, stream }).filter(([, value]) => value !== undefined);
  return {
    ...cameraJson(listedOf(camera), ownListId),
    ...(make === undefined ? {} : { parts: Object.fromEntries(given) }),
  };
}

export function cameraJson({ id, name, url, options }: ListedCamera, listId: string): ListedCameraJson {
  const { target } = options;
  return {
    id,
    path: pathOf(name),
    name,
    address: shownAddress(url),
    hasSecret: hasSecret(url),
    listId,
    isOwn: listId === ownListId,
    options: { ...options, ...(target === undefined ? {} : { target: shownAddress(target) }) },
  };
}

export function listJson({ listId, name, kind, cameras, lastGoodAt, lastError, problems }: CameraListView) {
  return {
    id: listId,
    name,
    kind,
    cameraCount: cameras.length,
    lastGoodAt: lastGoodAt === undefined ? null : new Date(lastGoodAt).toISOString(),
    ...(lastError && { lastError: { ...lastError, at: new Date(lastError.at).toISOString() } }),
    problems,
  };
}
