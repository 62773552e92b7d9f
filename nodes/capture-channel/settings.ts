import type { ChannelChange } from '../core/archive/archive.ts';
import { ReelflowError } from '../core/errors.ts';
import type { NodeSite } from '../kit/node-spec.ts';
import type { ChannelConfig } from './config.ts';

const gigabyte = 1_000_000_000;

/** What the node's form asks for; nothing when it only listens. Throws CHANNEL_INVALID. */
export function settingsOf({
  config,
  credentials,
}: Pick<NodeSite<ChannelConfig>, 'config' | 'credentials'>): ChannelChange | undefined {
  const { channel, sourceUrl, secondUrl, sourceKind, chunkDuration, retention, retentionGb } = config;
  if (sourceUrl === '') return undefined;
  if (channel === '') {
    throw new ReelflowError('CHANNEL_INVALID', 'channel: a source needs the name of its channel', { field: 'channel' });
  }
  return {
    sourceUrls: [sourceUrl, secondUrl].filter(Boolean).map((url) => withLogin(url, credentials)),
    sourceKind,
    chunkMs: chunkDuration,
    retentionMs: retention,
    retentionBytes: retentionGb > 0 ? Math.round(retentionGb * gigabyte) : null,
    requiredKinds: config.requiredKinds,
    isHlsEncrypted: config.isHlsEncrypted,
    isEnabled: true,
  };
}

function withLogin(address: string, { user, password }: Readonly<Record<string, string | undefined>>): string {
  if (!user || !URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password ?? '');
  return url.href;
}
