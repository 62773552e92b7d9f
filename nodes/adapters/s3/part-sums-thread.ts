/**
 * Checksums of the parts of one upload, on a thread of its own: on the main one they would take as long as the sending, and
 * everything else that the station does would wait for each. Messages: a part in shared memory is answered with its MD5,
 * anything else with the SHA-256 of all.
 */
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

const whole = createHash('sha256');

parentPort?.on('message', (part: Uint8Array | undefined) => {
  if (!part) {
    parentPort?.postMessage(whole.copy().digest());
    return;
  }
  whole.update(part);
  parentPort?.postMessage(createHash('md5').update(part).digest());
});
