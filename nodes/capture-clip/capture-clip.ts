import type { Clip, Clips } from '../core/clips/clip.ts';
import { ReelflowError } from '../core/errors.ts';
import { defineNode } from '../kit/define-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { meantSpan, rangeProperties } from '../kit/range-input.ts';
import { useStation } from '../kit/station.ts';
import { type ClipConfig, clipConfig, clipInput } from './config.ts';
import { statusOf } from './status.ts';

/** A message becomes a file of a range of a live channel. */
export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-clip', version: 1, config: clipConfig, open });
}

function open(site: NodeSite<ClipConfig>): NodeLife {
  let waiting = 0;
  let last: { clip: Clip } | undefined;
  const show = (): void => site.show(statusOf(waiting, last?.clip));
  show();
  return {
    receive: async (message, send) => {
      const { clips: door, clock } = useStation();
      if (!door) throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive');
      const { values } = mergeInput(
        message,
        { channel: site.config.channel, gap: site.config.gap },
        { ...rangeProperties, gap: 'payload.gap', title: 'payload.title' },
        clipInput,
      );
      const { channel, gap, title } = values;
      const span = meantSpan(values, site.config.lastSeconds, clock.now());
      const clips = await door.open();
      waiting += 1;
      show();
      try {
        const { job } = await clips.order({ channel, ...span, gap, title });
        const clip = await finished(clips, job.id, site.closing);
        // After a deploy the file is made all the same; it is in the list of the dashboard.
        if (!clip) return;
        last = { clip };
        send({ ...message, topic: 'clip', payload: await payloadOf(clips, clip) });
      } finally {
        waiting -= 1;
        show();
      }
    },
  };
}

/** Undefined when the node closes first. Rejects with why it could not be made. */
async function finished(clips: Clips, id: string, closing: AbortSignal): Promise<Clip | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Clip | undefined>();
  const look = (clip: Clip): void => {
    const { state, error } = clip.job;
    if (state === 'completed') resolve(clip);
    if (state === 'failed') reject(new ReelflowError(error?.code ?? 'CLIP_FAILED', error?.message ?? 'it failed'));
  };
  const stopHearing = clips.onEvent(({ state, clip }) => {
    if (clip.job.id !== id) return;
    if (state === 'deleted') reject(new ReelflowError('CLIP_DELETED', 'the clip was deleted before it was finished'));
    else look(clip);
  });
  const over = new AbortController();
  closing.addEventListener('abort', () => resolve(undefined), { signal: over.signal });
  try {
    // It may have been over before anybody listened.
    clips.get(id).then(look, reject);
    return await promise;
  } finally {
    stopHearing();
    over.abort();
  }
}

async function payloadOf(clips: Clips, { job, result }: Clip): Promise<NodeMessage['payload']> {
  const { path, name } = await clips.file(job.id);
  return {
    id: job.id,
    channel: job.data.channel,
    title: job.data.title,
    start: result?.delivered.startMs,
    end: result?.delivered.endMs,
    path,
    name,
    sizeBytes: result?.sizeBytes,
    durationMs: result?.durationMs,
    gaps: result?.gaps.map(({ startMs: start, endMs: end, track, code }) => ({ start, end, track, code })),
  };
}
