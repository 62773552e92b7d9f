import type { IngestProgress } from '../core/ingest/ingests.ts';
import type { NodeStatus } from '../kit/node-spec.ts';

const order = ['uploading', 'ingesting', 'retrying', 'waiting', 'held'] as const;

/** The short text under the node: what it uploads, what it waits for, or what was accepted last. Pure. */
export function statusOf(uploads: readonly IngestProgress[], ingestId: string, lastTitle?: string): NodeStatus {
  const own = uploads
    .filter((one) => one.ingestId === ingestId)
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const [first] = own;
  if (!first) {
    return lastTitle === undefined
      ? { fill: 'grey', shape: 'ring', text: 'ready' }
      : { fill: 'green', shape: 'dot', text: `accepted ${lastTitle}` };
  }
  const more = own.length > 1 ? ` (+${own.length - 1})` : '';
  switch (first.state) {
    case 'uploading':
      return { fill: 'blue', shape: 'dot', text: `${first.title} ${percent(first)} %${rateText(first)}${more}` };
    case 'ingesting':
      return { fill: 'blue', shape: 'dot', text: `starting the workflow: ${first.title}${more}` };
    case 'retrying':
      return { fill: 'red', shape: 'ring', text: `${first.title}${more}: ${first.error?.message ?? 'tried again'}` };
    case 'waiting':
      return { fill: 'blue', shape: 'ring', text: `waiting: ${first.title}${more}` };
    case 'held':
      return { fill: 'yellow', shape: 'ring', text: `kept back: ${first.title}${more}` };
  }
}

function percent({ bytesDone, bytesTotal }: IngestProgress): number {
  return bytesTotal > 0 ? Math.min(100, Math.floor((bytesDone / bytesTotal) * 100)) : 0;
}

function rateText({ bytesPerSecond }: IngestProgress): string {
  if (bytesPerSecond <= 0) return '';
  const megabytes = bytesPerSecond / 1e6;
  return `, ${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB/s`;
}
