import { checkRange } from '../core/playback/asked-range.ts';
import { Playback } from '../core/playback/playback.ts';
import { useArchive } from '../kit/archive.ts';
import { defineNode } from '../kit/define-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { meantSpan, rangeProperties } from '../kit/range-input.ts';
import { useStation } from '../kit/station.ts';
import { type SmilConfig, smilConfig, smilInput } from './config.ts';
import { payloadOf, statusOf } from './range-words.ts';

/** A message becomes the SMIL of a range of a live channel, and what there is of it. */
export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-smil', version: 1, config: smilConfig, open });
}

function open(site: NodeSite<SmilConfig>): NodeLife {
  const { clock, environment } = useStation();
  const playback = new Playback({ archive: useArchive(), clock });
  const base = site.config.base || `http://localhost:${environment.port}`;
  site.show({ fill: 'grey', shape: 'ring', text: 'ready' });
  return {
    receive: async (message, send) => {
      const { channel: ownChannel, style: ownStyle, lastSeconds } = site.config;
      const { values } = mergeInput(
        message,
        { channel: ownChannel, style: ownStyle },
        { ...rangeProperties, style: 'payload.style' },
        smilInput,
      );
      const { channel, style } = values;
      const asked = checkRange({ ...meantSpan(values, lastSeconds, clock.now()), isOpen: false });
      // One after the other: a range that is not there is refused with why, which the plan knows best.
      const plan = await playback.plan(channel, asked);
      const smil = await playback.smil(channel, asked, { style, base });
      send({ ...message, topic: 'smil', payload: { ...payloadOf(plan, base), style, smil } });
      site.show(statusOf(plan));
    },
  };
}
