import { join } from 'node:path';
import type { Camera } from '../../core/camera/camera.ts';
import type { Restreams } from '../../core/restream/restream.ts';
import { silenceMs } from './camera-source.ts';
import { type RunFolders, runFiles } from './run-folder.ts';

/** Restreamed cameras as sources: read from where they are sent to, so that the camera has one connection only. */
export class RestreamedCameras {
  readonly #restreams: Pick<Restreams, 'get' | 'addressOf'>;
  readonly #folders: RunFolders;

  constructor(restreams: Pick<Restreams, 'get' | 'addressOf'>, folders: RunFolders) {
    this.#restreams = restreams;
    this.#folders = folders;
  }

  /** By its path; undefined for one that is not restreamed here. */
  get(camera: string): Camera | undefined {
    const view = this.#restreams.get(camera);
    if (!view) return undefined;
    const url = this.#restreams.addressOf(camera);
    return {
      id: view.id,
      name: camera,
      source: url === undefined ? this.#ownHls(camera) : sourceAt(url),
      flavor: 'presenter/source',
      profile: { name: 'copy', video: { encoder: 'copy' }, audio: { encoder: 'aac' }, container: 'mp4' },
    };
  }

  #ownHls(camera: string): Camera['source'] {
    return { kind: 'file', path: join(this.#folders.live(camera), runFiles.playlist), isLooped: false };
  }
}

function sourceAt(url: string): Camera['source'] {
  if (/^rtsps?:/i.test(url)) return { kind: 'rtsp', url, transport: 'tcp', timeoutMs: silenceMs };
  return { kind: 'url', url, timeoutMs: silenceMs };
}
