import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { mediaTypeOf } from '../adapters/http/media-type.ts';
import type { Route } from '../adapters/http/router.ts';
import { sendFile } from '../adapters/http/send-file.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Recording } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import { mediaFiles } from './recording-media.ts';

/** `/media/recordings`: the finished files of recordings, with ranges for players and for downloads that go on. */
export function mediaRoutes(station: () => Station): Route[] {
  return [
    {
      method: 'GET',
      path: '/{id}/{file...}',
      role: 'viewer',
      async handle({ request, response, params, query }) {
        const recording = station().recordings.get(params['id'] ?? '');
        const file = recording && mediaFiles(recording).find((one) => one.name === params['file']);
        if (!recording || !file) throw unknownFile();
        const path = await findFile(recording, file.paths);
        const isDownload = query.has('download') && query.get('download') !== '0';
        await sendFile(request, response, {
          path,
          mimeType: file.mimeType ?? mediaTypeOf(path),
          ...(isDownload ? { downloadName: basename(path) } : {}),
        });
        return undefined;
      },
    },
  ];
}

/** The first of the paths that is there, its folder's links resolved. A link at its end is left to be refused. */
async function findFile(recording: Recording, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    try {
      const directory = await realpath(dirname(path));
      await realpath(path);
      // What lies in the recording's folder must really lie there: a user's own tool writes into it.
      if (isInside(recording.directory, path) && !isInside(await realpath(recording.directory), join(directory, 'x'))) {
        continue;
      }
      return join(directory, basename(path));
    } catch {
      // Not there: delivery may have moved it, the next path says where to.
    }
  }
  throw unknownFile();
}

function isInside(directory: string, path: string): boolean {
  const step = relative(directory, path);
  return step !== '' && !step.startsWith('..') && !step.startsWith('/');
}

function unknownFile(): ReelflowError {
  return new ReelflowError('FILE_UNKNOWN', 'this recording has no such file');
}
