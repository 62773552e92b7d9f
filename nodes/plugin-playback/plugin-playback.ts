import type { NodeAPI } from 'node-red';
import { Playback } from '../core/playback/playback.ts';
import { useArchive, useShares } from '../kit/archive.ts';
import { pluginLog } from '../kit/plugin-log.ts';
import { useStation } from '../kit/station.ts';
import { playbackDoors } from './playback-doors.ts';

/** Mounts the ways to see the archive again: playlists, manifests and their media, SMIL. Behind the one login. */
export default function register(red: NodeAPI): void {
  let playback: Playback | undefined;
  const doors = playbackDoors(
    () => {
      playback ??= new Playback({ archive: useArchive(), clock: useStation().clock });
      return { playback, archive: useArchive(), shares: useShares(), now: () => useStation().clock.now() };
    },
    pluginLog(red, 'playback'),
  );
  for (const { prefix, handler } of doors) red.httpNode.use(prefix, handler);
}
