import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Worker } from './build-worker.ts';

/** What a worker does, for Prometheus; docs/metrics.md lists it. */
export class WorkerMetrics {
  readonly #registry = new Registry();

  constructor({ environment, startedAt, alarms, archive }: Worker, version: string) {
    const registers = [this.#registry];
    const { agent } = environment;
    new Gauge({ name: 'reelflow_info', help: 'Always 1', labelNames: ['agent', 'version'], registers }).set(
      { agent, version },
      1,
    );
    const start = 'When it was started, seconds since 1970';
    new Gauge({ name: 'reelflow_start_time_seconds', help: start, registers }).set(startedAt / 1000);
    new Gauge({
      name: 'reelflow_alarms',
      help: 'Alarms that stand, by code',
      labelNames: ['code'],
      registers,
      collect() {
        this.reset();
        for (const { code } of alarms.list()) this.inc({ code });
      },
    });
    const running = new Set<string>();
    new Gauge({
      name: 'reelflow_worker_captures',
      help: 'Chunks that are being captured here',
      registers,
      collect() {
        this.set(running.size);
      },
    });
    const bytes = new Counter({
      name: 'reelflow_worker_stored_bytes_total',
      help: 'Stored by this worker',
      labelNames: ['channel'],
      registers,
    });
    const stored = new Counter({
      name: 'reelflow_worker_chunks_total',
      help: 'Captures that ended here, stored or not',
      labelNames: ['channel', 'stored'],
      registers,
    });
    const attempts = new Counter({
      name: 'reelflow_webhook_attempts_total',
      help: 'Messages to webhooks that were sent from here, taken or not',
      labelNames: ['webhook', 'delivered'],
      registers,
    });
    archive.onOpen((open) => {
      open.webhooks.onAttempt(({ webhookId, isDelivered }) =>
        attempts.inc({ webhook: webhookId, delivered: String(isDelivered) }),
      );
      open.onEvent((event) => {
        if (event.kind !== 'progress') return;
        const { jobId, report } = event;
        if (report.endedAt === undefined) return void running.add(jobId);
        if (!running.delete(jobId)) return;
        const { channel } = report;
        const isStored = report.stages.s3_put === 'done';
        stored.inc({ channel, stored: String(isStored) });
        if (isStored) bytes.inc({ channel }, report.bytesStored);
      });
    });
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
