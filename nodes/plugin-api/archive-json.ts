import type { CaptureJob, ChannelView } from '../core/archive/archive.ts';
import { shownSource } from '../core/archive/channel-rules.ts';
import { type Chunk, type Hole, storeIdOf } from '../core/archive/chunk.ts';
import type { ArchiveLock } from '../core/archive/chunk-index.ts';
import type { Stretch } from '../core/archive/stretches.ts';
import type { UpkeepJob } from '../core/archive/upkeep-report.ts';
import { redact } from '../core/redact.ts';
import { iso } from './recording-json.ts';

/** The one mapping of the archive to what `/api/v1` shows: ISO times, no secrets. */
export function channelJson({ channel, totals, source, trouble }: ChannelView) {
  return {
    name: channel.name,
    url: `/api/v1/channels/${encodeURIComponent(channel.name)}`,
    sourceUrls: channel.sourceUrls.map(shownSource),
    sourceKind: channel.sourceKind,
    chunkMs: channel.chunkMs,
    retentionMs: channel.retentionMs,
    retentionBytes: channel.retentionBytes,
    storeId: channel.storeId,
    requiredKinds: channel.requiredKinds,
    isHlsEncrypted: channel.isHlsEncrypted === true,
    isEnabled: channel.isEnabled,
    createdAt: iso(channel.createdAt),
    updatedAt: iso(channel.updatedAt),
    archive: {
      chunkCount: totals.chunkCount,
      partialCount: totals.partialCount,
      sizeBytes: totals.sizeBytes,
      start: iso(totals.first),
      end: iso(totals.last),
    },
    source: source && {
      start: iso(source.startMs),
      end: iso(source.endMs),
      targetDurationMs: source.targetDurationMs,
      isEnded: source.isEnded,
      askedAt: iso(source.askedAt),
    },
    trouble: trouble && { code: trouble.code, message: redact(trouble.message), since: iso(trouble.since) },
  };
}

export function chunkJson(chunk: Chunk) {
  return {
    channel: chunk.channel,
    start: iso(chunk.startMs),
    end: iso(chunk.endMs),
    state: chunk.state,
    isPartial: chunk.isPartial,
    revision: chunk.revision,
    sizeBytes: chunk.sizeBytes,
    actualStart: iso(chunk.actual?.startMs),
    actualEnd: iso(chunk.actual?.endMs),
    kinds: chunk.kinds,
    missingKinds: chunk.missingKinds,
    holes: chunk.holes.map(holeJson),
    objects: chunk.objects.map(({ track, container, key, sizeBytes, sha256, segmentCount, codecs, bandwidth }) => ({
      track,
      container,
      key,
      sizeBytes,
      sha256,
      segmentCount,
      codecs,
      bandwidth,
    })),
    storeId: chunk.state === 'complete' ? storeIdOf(chunk) : undefined,
    attempts: chunk.attempts,
    reason: chunk.reason && { code: chunk.reason.code, message: redact(chunk.reason.message) },
    storedAt: iso(chunk.storedAt),
    verifiedAt: iso(chunk.verifiedAt),
  };
}

export function stretchJson({ startMs, endMs, reason, holes, ...stretch }: Stretch) {
  return {
    ...stretch,
    start: iso(startMs),
    end: iso(endMs),
    reason: reason && { code: reason.code, message: redact(reason.message) },
    holes: holes.map(holeJson),
  };
}

function holeJson({ startMs, endMs, ...hole }: Hole) {
  return { ...hole, start: iso(startMs), end: iso(endMs) };
}

export function jobJson({ job, report }: CaptureJob) {
  return {
    id: job.id,
    url: `/api/v1/jobs/${encodeURIComponent(job.id)}`,
    channel: job.data.channel,
    chunkStart: iso(job.data.startMs),
    chunkEnd: iso(job.data.endMs),
    state: job.state,
    attempts: job.attempts,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    nextAttemptAt: job.state === 'retrying' || job.state === 'queued' ? iso(job.runAt) : undefined,
    error: job.error && { code: job.error.code, message: redact(job.error.message) },
    progress: report?.progress,
    segmentCount: report?.segmentCount,
    bytesCaptured: report?.bytesCaptured,
    bytesStored: report?.bytesStored,
    stages: report?.stages,
  };
}

export function upkeepJson({ job, report }: UpkeepJob) {
  return {
    id: job.id,
    kind: job.data.kind,
    decodes: job.data.decodes === true,
    state: job.state,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    nextAttemptAt: job.state === 'retrying' ? iso(job.runAt) : undefined,
    error: job.error && { code: job.error.code, message: redact(job.error.message) },
    done: report?.done ?? 0,
    total: report?.total,
    found: report?.found ?? 0,
    log: report?.log ?? [],
  };
}

export function lockJson({ id, channel, startMs, endMs, note, createdAt }: ArchiveLock) {
  return { id, channel, start: iso(startMs), end: iso(endMs), note, createdAt: iso(createdAt) };
}
