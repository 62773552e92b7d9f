import { z } from 'zod';
import type { Commands } from '../bus/command.ts';
import type { Restreams } from './restream.ts';
import { type CameraStateMessage, cameraStateOf } from './restream-message.ts';

const args = z.strictObject({ camera: z.string().min(1).max(128) });

/** Verbs of the bus for restreamed cameras. */
export function registerRestreamCommands(commands: Commands, restreams: Restreams): void {
  const answer = (camera: string): CameraStateMessage | undefined => {
    const view = restreams.get(camera);
    return view && cameraStateOf(view);
  };
  commands.register({
    verb: 'camera/restart',
    role: 'operator',
    summary: 'Starts the restream of a camera anew, or tries it again now instead of later',
    args,
    run: async ({ camera }) => {
      restreams.restart(camera);
      return answer(camera);
    },
  });
  commands.register({
    verb: 'camera/pause',
    role: 'operator',
    summary: 'Ends the restream of a camera until it is resumed',
    args,
    run: async ({ camera }) => {
      restreams.pause(camera);
      return answer(camera);
    },
  });
  commands.register({
    verb: 'camera/resume',
    role: 'operator',
    summary: 'Restreams a camera again that was paused',
    args,
    run: async ({ camera }) => {
      restreams.resume(camera);
      return answer(camera);
    },
  });
}
