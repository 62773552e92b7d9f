import type { NodeAPI } from 'node-red';
import { createRouter } from '../adapters/http/router.ts';
import { useArchive } from '../kit/archive.ts';
import { pluginLog } from '../kit/plugin-log.ts';
import { channelDoor } from './channel-door.ts';
import { jobDoor } from './job-door.ts';

/**
 * The REST interface of the nPVR archiver that Reelflow replaces, at its old addresses, behind our login: its clients go
 * on working. Our own interface is under /api/v1.
 */
export default function register(red: NodeAPI): void {
  const lines = pluginLog(red, 'archive');
  red.httpNode.use('/api/channel', createRouter(channelDoor(useArchive), lines));
  red.httpNode.use('/api/job', createRouter(jobDoor(useArchive), lines));
}
