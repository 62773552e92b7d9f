import { Counter, Gauge, type Registry } from 'prom-client';
import type { Archive, ArchiveDoor, ChannelView } from '../core/archive/archive.ts';
import { chunkEventOf } from '../core/archive/archive-message.ts';
import type { Clock, Dispose } from '../core/time/clock.ts';

/** The figures of the live archive; nothing while no channel was ever made. */
export function addArchiveMetrics(door: ArchiveDoor, clock: Clock, register: Registry): Dispose {
  const stored = new Counter({
    name: 'reelflow_chunks_stored_total',
    help: 'Chunks of live channels that were stored, again when a better one took the place',
    labelNames: ['channel', 'partial'],
    registers: [register],
  });
  const missing = new Counter({
    name: 'reelflow_chunks_missing_total',
    help: 'Chunks that were not to be had, by code',
    labelNames: ['channel', 'code'],
    registers: [register],
  });
  const bytes = new Counter({
    name: 'reelflow_chunk_bytes_total',
    help: 'Size of the stored chunks',
    labelNames: ['channel'],
    registers: [register],
  });
  const attempts = new Counter({
    name: 'reelflow_webhook_attempts_total',
    help: 'Messages to webhooks that were sent from here, taken or not',
    labelNames: ['webhook', 'delivered'],
    registers: [register],
  });
  let archive: Archive | undefined;
  let stopHearing: Dispose = () => {};
  const stopWaiting = door.onOpen((open) => {
    archive = open;
    const stopCounting = open.webhooks.onAttempt(({ webhookId, isDelivered }) =>
      attempts.inc({ webhook: webhookId, delivered: String(isDelivered) }),
    );
    const stopEvents = open.onEvent((event) => {
      if (event.kind !== 'chunk') return;
      const told = chunkEventOf(clock.now(), event.chunk, event.before);
      if (!told) return;
      const { channel } = told;
      if (told.state === 'missing') return missing.inc({ channel, code: told.reason?.code ?? '' });
      stored.inc({ channel, partial: String(told.isPartial) });
      bytes.inc({ channel }, told.sizeBytes);
    });
    stopHearing = () => {
      stopCounting();
      stopEvents();
    };
  });
  // All gauges are read at the same time: the archive is asked once for them.
  let asked: Promise<ChannelView[]> | undefined;
  const views = (): Promise<ChannelView[]> => {
    asked ??= (archive?.channels() ?? Promise.resolve([])).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  const gauge = (name: string, help: string, read: (view: ChannelView) => number | undefined): void => {
    new Gauge({
      name: `reelflow_channel_${name}`,
      help,
      labelNames: ['channel'],
      registers: [register],
      async collect() {
        this.reset();
        // What can not be had is left out; the other figures are still worth having.
        for (const view of await views().catch(() => [])) {
          const value = read(view);
          if (value !== undefined) this.set({ channel: view.channel.name }, value);
        }
      },
    });
  };
  gauge('chunks', 'Stored chunks', ({ totals }) => totals.chunkCount);
  gauge('partial_chunks', 'Stored chunks with holes', ({ totals }) => totals.partialCount);
  gauge('bytes', 'What is stored of it', ({ totals }) => totals.sizeBytes);
  gauge('source_up', '1 while its source can be read', ({ channel, trouble }) =>
    channel.isEnabled ? Number(!trouble) : undefined,
  );
  gauge('archived_until_seconds', 'End of its newest stored chunk, seconds since 1970', ({ totals }) =>
    totals.last === undefined ? undefined : totals.last / 1000,
  );
  new Gauge({
    name: 'reelflow_webhook_waiting',
    help: 'Messages that wait to be taken',
    labelNames: ['webhook'],
    registers: [register],
    async collect() {
      this.reset();
      const hooks = await (archive?.webhooks.list() ?? Promise.resolve([])).catch(() => []);
      for (const { webhook, waiting } of hooks) this.set({ webhook: webhook.id }, waiting);
    },
  });
  return () => {
    stopWaiting();
    stopHearing();
  };
}
