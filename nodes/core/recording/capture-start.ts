import type { Camera } from '../camera/camera.ts';
import { intendedCapture } from './capture-intent.ts';
import { CaptureRun } from './capture-run.ts';
import type { CaptureHold, CaptureSurroundings } from './capture-surroundings.ts';
import { makeCaptureId } from './recording-id.ts';

/** A tool whose owner never comes back ends by itself this long after the planned end. */
const guardBeyondEndMs = 12 * 3600_000;

/**
 * Starts the tool of a camera for recordings. It is in the journal before it is spawned; one that can not be started
 * leaves nothing behind. `isLinked` false: nothing is cut from it yet. Rejects with the engine's errors.
 */
export async function startRun(
  around: CaptureSurroundings,
  camera: Camera,
  holds: readonly CaptureHold[],
  { isLinked = true } = {},
): Promise<CaptureRun> {
  const { clock, engine, folders, journal } = around;
  const askedMonotonic = clock.monotonicMs();
  const remainingMs = Math.max(...holds.map((hold) => hold.until)) - clock.now();
  const id = makeCaptureId(clock.now(), camera.name);
  const intent = intendedCapture(id, camera, folders.captureDirectory(id), clock.now());
  try {
    journal.add(intent, isLinked ? holds.map((hold) => hold.recordingId) : []);
    const process = await engine.begin({
      id,
      camera,
      directory: intent.directory,
      guardMs: remainingMs + (around.guardBeyondEndMs ?? guardBeyondEndMs),
      durationMs: remainingMs,
      name: holds[0]?.recordingId ?? id,
    });
    journal.add(process.record, []);
    return new CaptureRun(process, around, askedMonotonic);
  } catch (error) {
    journal.remove(id);
    await folders.removeCapture(intent).catch(() => undefined);
    throw error;
  }
}
