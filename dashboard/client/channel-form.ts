import type { ChannelJson } from './archive-types.ts';

/** What the form of a channel has; empty text is "not given". */
export interface ChannelFields {
  name: string;
  sourceUrl: string;
  secondUrl: string;
  sourceKind: string;
  chunkMs: number;
  retentionDays: string;
  retentionGb: string;
  requiredKinds: string[];
  isHlsEncrypted: boolean;
}

const dayMs = 86_400_000;
const gigabyte = 1e9;

export const chunkLengths = [
  { title: '10 seconds', value: 10_000 },
  { title: '30 seconds', value: 30_000 },
  { title: '1 minute', value: 60_000 },
  { title: '5 minutes', value: 300_000 },
  { title: '10 minutes', value: 600_000 },
  { title: '1 hour', value: 3_600_000 },
];

export function fieldsOf(channel: ChannelJson | undefined): ChannelFields {
  return {
    name: channel?.name ?? '',
    sourceUrl: channel?.sourceUrls[0] ?? '',
    secondUrl: channel?.sourceUrls[1] ?? '',
    sourceKind: channel?.sourceKind ?? 'auto',
    chunkMs: channel?.chunkMs ?? 300_000,
    retentionDays: figure((channel?.retentionMs ?? 7 * dayMs) / dayMs),
    retentionGb: channel?.retentionBytes === undefined ? '' : figure(channel.retentionBytes / gigabyte),
    requiredKinds: [...(channel?.requiredKinds ?? [])],
    isHlsEncrypted: channel?.isHlsEncrypted ?? false,
  };
}

/** The body of the PUT. Further sources than the form shows stay. */
export function settingsOf(fields: ChannelFields, before: ChannelJson | undefined): Record<string, unknown> {
  const urls = [fields.sourceUrl.trim(), fields.secondUrl.trim(), ...(before?.sourceUrls.slice(2) ?? [])];
  const gb = fields.retentionGb.trim();
  return {
    sourceUrls: urls.filter((url) => url !== ''),
    sourceKind: fields.sourceKind,
    chunkMs: fields.chunkMs,
    retentionMs: Math.round(Number(fields.retentionDays) * dayMs),
    retentionBytes: gb === '' ? null : Math.round(Number(gb) * gigabyte),
    requiredKinds: fields.requiredKinds,
    isHlsEncrypted: fields.isHlsEncrypted,
  };
}

/** Why it can not be sent yet; empty: it can. */
export function formProblem({ name, sourceUrl, retentionDays, retentionGb }: ChannelFields): string {
  if (name.trim() === '' || sourceUrl.trim() === '') return 'A name and an address are needed.';
  if (!(Number(retentionDays) > 0)) return 'How many days it is kept must be a number above 0.';
  if (retentionGb.trim() !== '' && !(Number(retentionGb) > 0)) return 'The size must be a number above 0, or empty.';
  return '';
}

function figure(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
