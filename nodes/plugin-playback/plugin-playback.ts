import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { keptSecret } from '../adapters/access/private-file.ts';
import { firstPicture } from '../adapters/ffmpeg/first-picture.ts';
import { HlsKeys } from '../core/playback/hls-keys.ts';
import { Playback } from '../core/playback/playback.ts';
import { Thumbnails } from '../core/playback/thumbnails.ts';
import { useArchive, useShares } from '../kit/archive.ts';
import { pluginLog } from '../kit/plugin-log.ts';
import { useStation } from '../kit/station.ts';
import { playbackDoors } from './playback-doors.ts';

/** Mounts the ways to see the archive again: playlists, manifests and their media, SMIL. Behind the one login. */
export default function register(red: NodeAPI): void {
  let playback: Playback | undefined;
  let thumbnails: Thumbnails | undefined;
  let keys: HlsKeys | undefined;
  const doors = playbackDoors(
    () => {
      const { clock, dataRoot } = useStation();
      playback ??= new Playback({ archive: useArchive(), clock });
      thumbnails ??= new Thumbnails(playback, firstPicture);
      keys ??= new HlsKeys(() => keptSecret(join(dataRoot, 'access/hls-secret')));
      return { playback, thumbnails, keys, archive: useArchive(), shares: useShares(), now: () => clock.now() };
    },
    pluginLog(red, 'playback'),
  );
  for (const { prefix, handler } of doors) red.httpNode.use(prefix, handler);
}
