import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CameraFinder, DeviceAnswer, DeviceQuestion, FoundDevice } from '../../core/camera-list/camera-finder.ts';
import { ReelflowError } from '../../core/errors.ts';
import { noAnswer } from './device-trouble.ts';
import { searchNetworks } from './ws-discovery.ts';

const mostConversations = 4;
/** Before the patience of a page that waits for it is over. */
const longestConversationMs = 12_000;

/** Cameras that speak ONVIF: by WS-Discovery, and what they offer by the `onvif` library, loaded while one is asked. */
export class OnvifCameras implements CameraFinder {
  #search: Promise<FoundDevice[]> | undefined;
  #conversations = 0;

  search(): Promise<FoundDevice[]> {
    this.#search ??= searchNetworks().finally(() => {
      this.#search = undefined;
    });
    return this.#search;
  }

  async ask(question: DeviceQuestion, signal: AbortSignal): Promise<DeviceAnswer> {
    if (this.#conversations >= mostConversations) {
      throw new ReelflowError('TOO_MANY_SEARCHES', `${mostConversations} devices are being asked already; try again`, {
        isRetryable: true,
      });
    }
    this.#conversations += 1;
    const thread = new Worker(new URL(`./device-conversation${extname(import.meta.filename)}`, import.meta.url), {
      workerData: question,
      // Nothing of this runtime's environment, and no word of the library in its log.
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    });
    try {
      return await new Promise<DeviceAnswer>((resolve) => {
        thread.once('message', resolve);
        // A device that brings the thread down, or leaves it with nothing to wait for, does not speak as it should.
        const gone = () => resolve(noAnswer('not-found'));
        thread.once('error', gone).once('exit', gone);
        const over = AbortSignal.any([signal, AbortSignal.timeout(longestConversationMs)]);
        const giveUp = () => resolve(noAnswer('timeout'));
        if (over.aborted) giveUp();
        else over.addEventListener('abort', giveUp);
      });
    } finally {
      this.#conversations -= 1;
      await thread.terminate();
    }
  }
}
