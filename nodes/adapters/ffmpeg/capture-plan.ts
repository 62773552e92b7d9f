import type { Camera, CaptureProfile, CommandOutput } from '../../core/camera/camera.ts';
import { profileFor } from '../../core/camera/profile.ts';
import { ReelflowError } from '../../core/errors.ts';
import type { CaptureRequest } from '../../core/recording/capture.ts';
import { type InputPlan, inputPlan } from './input-arguments.ts';
import {
  decoderArguments,
  globalArguments,
  levelArguments,
  previewArguments,
  recordingArguments,
} from './output-arguments.ts';
import { encodesInCamera } from './rpicam.ts';
import type { ToolFacts } from './tool-facts.ts';

/** Everything that is needed to start a capture; plain data. */
export interface CapturePlan {
  command: string;
  argv: string[];
  /** For file descriptor 3; see InputPlan. */
  list?: string;
  feeder?: InputPlan['feeder'];
}

/**
 * One FFmpeg process that records, makes preview pictures and measures the sound. It writes files only, in its working
 * folder: nothing of it is a pipe into the runtime, which it outlives. `audioCodec`: of the source's sound, where it is
 * known and may be copied. Throws SOURCE_INVALID.
 */
export function capturePlan(
  request: CaptureRequest,
  toolPath: string,
  facts: ToolFacts,
  audioCodec?: string,
): CapturePlan {
  const { camera, guardMs } = request;
  const profile = usedProfile(camera, audioCodec);
  const input = inputPlan(camera, profile, facts);
  return {
    command: toolPath,
    argv: [
      ...globalArguments(profile),
      ...decoderArguments(input, profile),
      ...input.argv,
      ...recordingArguments(input, profile, {
        guardMs,
        facts,
        isAac: camera.source.kind === 'rpicam' || audioCodec === 'aac',
      }),
      ...previewArguments(input, profile, guardMs, facts),
      ...levelArguments(input, profile, guardMs),
    ],
    ...(input.list === undefined ? {} : { list: input.list }),
    ...(input.feeder ? { feeder: input.feeder } : {}),
  };
}

/** A user's own tool: their words with the blanks filled in, as pyCA has it. Never through a shell. */
export function commandPlan(request: CaptureRequest): CapturePlan & { outputs: CommandOutput[] } {
  const { source } = request.camera;
  if (source.kind !== 'command') throw new TypeError('only for sources with their own command');
  const [command, ...argv] = source.argv.map((word) => fillBlanks(word, request));
  if (!command) {
    throw new ReelflowError('SOURCE_INVALID', `camera "${request.camera.name}" has an empty command`, {
      field: 'command',
    });
  }
  const outputs = source.outputs.map((output) => ({ ...output, path: fillBlanks(output.path, request) }));
  return { command, argv, outputs };
}

function fillBlanks(word: string, { directory, durationMs, name }: CaptureRequest): string {
  const blanks: Record<string, string> = {
    time: String(Math.ceil(durationMs / 1000)),
    dir: directory,
    name,
    previewdir: directory,
  };
  return word.replace(/\{\{(\w+)\}\}/g, (all, key: string) => blanks[key] ?? all);
}

/**
 * What the profile of a camera comes to on its source. Sound is copied only when MP4 is known to hold it (never the G.711
 * of many cameras); otherwise it becomes AAC.
 */
export function usedProfile(camera: Camera, audioCodec?: string): CaptureProfile {
  const profile = profileFor(camera.source, camera.profile);
  const isRpicam = camera.source.kind === 'rpicam';
  const video = isRpicam && encodesInCamera(profile) ? { ...profile.video, encoder: 'copy' as const } : profile.video;
  // rpicam-vid has made AAC of the sound already.
  const canCopy = isRpicam || audioCodec !== undefined;
  const wantsCopy = profile.audio.encoder === 'copy' || (isRpicam && profile.audio.encoder === 'aac');
  if (!wantsCopy) return { ...profile, video };
  return { ...profile, video, audio: { encoder: canCopy ? 'copy' : 'aac' } };
}
