import { deliveredOf, type PlaybackPlan } from '../playback/playback-plan.ts';
import type { PlayedTrack } from '../playback/played-track.ts';

/** What a file of a range is made of, out of all that the channel has: one picture, and the sound that goes with it. */
export function clipPlan(plan: PlaybackPlan): PlaybackPlan {
  const picture = pictureOf(plan.tracks);
  const sound = has(picture, 'audio') ? undefined : soundOf(plan.tracks, picture);
  const tracks: PlaybackPlan['tracks'] = sound ? [picture, sound] : [picture];
  const names = new Set(tracks.map(({ track }) => track.track));
  const gaps = plan.gaps.filter(({ track }) => names.has(track));
  return { ...plan, ...deliveredOf(picture), tracks, gaps };
}

/** Of a ladder the rung of which the archive has most; the best one of those that are alike. */
function pictureOf([main, ...others]: PlaybackPlan['tracks']): PlayedTrack {
  const rungs = [main, ...others].filter((one) => one.track.rendition === undefined && has(one, 'video'));
  const seconds = (one: PlayedTrack) => Math.round(deliveredOf(one).deliveredMs / 1000);
  const bandwidth = ({ track }: PlayedTrack) => track.bandwidth ?? 0;
  const [best] = rungs.sort((a, b) => seconds(b) - seconds(a) || bandwidth(b) - bandwidth(a));
  return best ?? main;
}

/** What the source plays with that picture; a source that names no groups has one sound for all. */
function soundOf(tracks: readonly PlayedTrack[], { track: picture }: PlayedTrack): PlayedTrack | undefined {
  const sounds = tracks.filter((one) => one.track.track !== picture.track && isSound(one));
  const own = sounds.filter(({ track }) => track.rendition?.groupId === picture.audioGroup);
  return own.find(({ track }) => track.rendition?.isDefault) ?? own[0] ?? sounds[0];
}

function isSound(one: PlayedTrack): boolean {
  if (one.track.rendition) return one.track.rendition.type === 'audio';
  return has(one, 'audio') && !has(one, 'video');
}

function has({ runs }: PlayedTrack, kind: 'audio' | 'video'): boolean {
  return runs.some((run) => run.segments.some(({ kinds }) => kinds.includes(kind)));
}
