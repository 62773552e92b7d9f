import type { AudioProfile, VideoEncoder } from '../../core/camera/camera.ts';
import { ReelflowError } from '../../core/errors.ts';
import { type ToolFacts, toolFacts, trial } from './tool-facts.ts';

/** FFmpeg's names of what a profile asks for. */
export const videoEncoders: Record<Exclude<VideoEncoder, 'copy' | 'none'>, string> = {
  h264: 'libx264',
  'h264-vaapi': 'h264_vaapi',
  'h264-v4l2m2m': 'h264_v4l2m2m',
  'h264-qsv': 'h264_qsv',
  'h264-nvenc': 'h264_nvenc',
  vp9: 'libvpx-vp9',
};

export const audioEncoders: Record<Exclude<AudioProfile['encoder'], 'copy' | 'none'>, string> = {
  aac: 'aac',
  opus: 'libopus',
  flac: 'flac',
};

/** First render node; machines with several cards are rare enough to need their own profile of a user. */
export const vaapiDevice = '/dev/dri/renderD128';

const trials = new Map<string, Promise<string | undefined>>();

/**
 * Makes sure that an encoder works on this machine: it has to be built in, and those that need a chip make one picture.
 * Asked once per tool and encoder. Rejects with ENCODER_UNAVAILABLE, which says what there is instead.
 */
export async function needVideoEncoder(toolPath: string, encoder: VideoEncoder): Promise<void> {
  if (encoder === 'copy' || encoder === 'none') return;
  const facts = await toolFacts(toolPath);
  const problem = await findProblem(toolPath, facts, encoder);
  if (problem === undefined) return;
  const others = await Promise.all(
    (Object.keys(videoEncoders) as (keyof typeof videoEncoders)[]).map(async (other) =>
      (await findProblem(toolPath, facts, other)) === undefined ? [other] : [],
    ),
  );
  const available = ['copy', ...others.flat()].join(', ');
  throw new ReelflowError(
    'ENCODER_UNAVAILABLE',
    `the video encoder "${encoder}" does not work on this machine (${problem}); it has: ${available}`,
    { field: 'profile.video.encoder' },
  );
}

/** As needVideoEncoder; audio encoders need no chip. */
export async function needAudioEncoder(toolPath: string, encoder: AudioProfile['encoder']): Promise<void> {
  if (encoder === 'copy' || encoder === 'none') return;
  const facts = await toolFacts(toolPath);
  if (facts.encoders.has(audioEncoders[encoder])) return;
  const available = Object.entries(audioEncoders).flatMap(([name, ffmpegName]) =>
    facts.encoders.has(ffmpegName) ? [name] : [],
  );
  throw new ReelflowError(
    'ENCODER_UNAVAILABLE',
    `the audio encoder "${encoder}" is not in this FFmpeg ${facts.version}; it has: ${available.join(', ')}`,
    { field: 'profile.audio.encoder' },
  );
}

function findProblem(
  toolPath: string,
  facts: ToolFacts,
  encoder: keyof typeof videoEncoders,
): Promise<string | undefined> {
  const name = videoEncoders[encoder];
  if (!facts.encoders.has(name)) return Promise.resolve(`FFmpeg ${facts.version} was built without ${name}`);
  if (encoder === 'h264' || encoder === 'vp9') return Promise.resolve(undefined);
  const key = `${toolPath} ${encoder}`;
  let result = trials.get(key);
  if (!result) {
    result = trial(toolPath, trialArguments(encoder, name));
    trials.set(key, result);
  }
  return result;
}

function trialArguments(encoder: keyof typeof videoEncoders, name: string): string[] {
  const isVaapi = encoder === 'h264-vaapi';
  return [
    ...(isVaapi ? ['-vaapi_device', vaapiDevice] : []),
    ['-f', 'lavfi', '-i', 'color=size=640x360:rate=25'],
    ['-vf', isVaapi ? 'format=nv12,hwupload' : 'format=yuv420p'],
    ['-c:v', name, '-b:v', '1M'],
  ].flat();
}
