import type { Archive, ArchiveEvent } from '../core/archive/archive.ts';
import type { StoreSettings } from '../core/archive/channel.ts';
import { ReelflowError, toReelflowError } from '../core/errors.ts';
import type { Dispose } from '../core/time/clock.ts';
import { useArchive } from '../kit/archive.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { chunkMessage } from './chunk-message.ts';
import { type ChannelConfig, channelConfig } from './config.ts';
import { settingsOf } from './settings.ts';
import { statusOf } from './status.ts';

/** Declares a live channel, or only listens; says what became of each chunk. */
export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-channel',
    version: 1,
    config: channelConfig,
    credentials: { user: 'text', password: 'password' },
    open,
  });
}

async function open(site: NodeSite<ChannelConfig>): Promise<NodeLife> {
  const door = useArchive();
  const { channel } = site.config;
  const change = settingsOf(site);
  if (change) await (await door.open()).putChannel(channel, change, storeOf(site));
  let stopHearing: Dispose = () => {};
  const stopWaiting = door.onOpen((archive) => {
    stopHearing = archive.onEvent((event) => hear(site, archive, event));
    show(site, archive);
  });
  if (!door.isUsed) site.show(statusOf([], channel));
  return {
    close: async (isRemoved) => {
      stopWaiting();
      stopHearing();
      // What is archived stays; a node that is gone wants no more of it.
      if (isRemoved && change) await (await door.open()).putChannel(channel, { isEnabled: false });
    },
  };
}

/** Throws STORE_INVALID while the chosen store has no keys. */
function storeOf({ config: { store } }: NodeSite<ChannelConfig>): StoreSettings | undefined {
  if (store === '') return undefined;
  const place = useStation().s3Places.get(store);
  if (place) return { ...place, id: `node-${store}` };
  throw new ReelflowError('STORE_INVALID', 'store: the chosen object store has no endpoint or no keys yet', {
    field: 'store',
  });
}

function hear(site: NodeSite<ChannelConfig>, archive: Archive, event: ArchiveEvent): void {
  const { channel } = site.config;
  const name =
    event.kind === 'chunk' ? event.chunk.channel : event.kind === 'progress' ? event.report.channel : event.name;
  if (channel !== '' && name !== channel) return;
  if (event.kind === 'chunk') {
    const message = chunkMessage(event.chunk, event.before, useStation().dataRoot);
    if (message) site.send(message);
  }
  if (event.kind !== 'progress') show(site, archive);
}

function show(site: NodeSite<ChannelConfig>, archive: Archive): void {
  archive.channels().then(
    (views) => site.show(statusOf(views, site.config.channel)),
    (error: unknown) => site.log.warn(toReelflowError(error).message),
  );
}
