import { z } from 'zod';
import type { Commands } from '../bus/command.ts';
import type { Ingests } from './ingests.ts';

const args = z.strictObject({ recordingId: z.string().min(1).max(128) });

/** Verbs of the bus for uploads to Opencast. */
export function registerIngestCommands(commands: Commands, ingests: Ingests): void {
  commands.register({
    verb: 'recording/upload',
    role: 'operator',
    summary: 'Uploads a recording to Opencast now: one that is kept back, waits or has failed, or once more',
    args,
    run: async ({ recordingId }) => {
      ingests.upload(recordingId);
      return { recordingId };
    },
  });
  commands.register({
    verb: 'recording/cancel-upload',
    role: 'operator',
    summary: 'Gives the upload of a recording to Opencast up; the recording stays',
    args,
    run: async ({ recordingId }) => {
      await ingests.cancel(recordingId);
      return { recordingId };
    },
  });
}
