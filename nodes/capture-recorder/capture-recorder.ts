import { ReelflowError } from '../core/errors.ts';
import { readRecorderMessage } from '../core/recording/messages.ts';
import type { RecordMessage } from '../core/recording/recording.ts';
import type { RecorderSettings } from '../core/recording/recordings.ts';
import type { EventMessage } from '../core/schedule/event.ts';
import type { Station } from '../core/station.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type RecorderConfig, recorderConfig } from './config.ts';
import { statusText } from './status.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const gibibyte = 1024 ** 3;

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-recorder', version: 1, config: recorderConfig, open });
}

function open(site: NodeSite<RecorderConfig>): NodeLife {
  const station = useStation();
  const { recordings } = station;
  const show = () =>
    site.show(statusText(recordings.list({ limit: 50 }), recordings.progress(), site.id, station.clock.now()));
  const detach = recordings.attach(settingsOf(site, station), {
    onRecording: (recording) => {
      site.send({ topic: 'recording', payload: recording }, null);
      show();
    },
    onProgress: (progress) => {
      site.send(null, { topic: 'progress', payload: progress });
      show();
    },
  });
  show();
  return {
    receive: (message) => {
      const read = readRecorderMessage(message.payload);
      if (read.kind === 'event') takeEvent(station, site.id, read.message);
      else takeRequest(station, site.id, read.message);
      show();
    },
    close: detach,
  };
}

function takeEvent(station: Station, recorderId: string, { action, event }: EventMessage): void {
  // `stop` needs nothing: the recording ends at its planned end, which the event's own end is.
  if (action === 'cancel') station.recordings.cancelEvent(recorderId, event);
  else if (action !== 'stop') station.recordings.prepare(recorderId, event);
}

function takeRequest(station: Station, recorderId: string, message: RecordMessage): void {
  const { recordings } = station;
  const caller = { user: 'flow', role: 'operator', via: 'flow' } as const;
  const { action, id, byMs, ...request } = message;
  if (action === 'start') {
    recordings.start(recorderId, request, caller);
    return;
  }
  const running = recordings.list({ states: ['recording'] }).filter((one) => one.recorderId === recorderId);
  // What a person started by hand is what a person means by "stop".
  const target = id ?? (running.find((one) => one.origin === 'manual') ?? running[0])?.id;
  if (!target) throw new ReelflowError('NOT_RECORDING', 'this recorder is not recording', { field: 'payload.id' });
  if (action === 'stop') {
    recordings.stop(target, caller);
    return;
  }
  if (action === 'pause') {
    recordings.pause(target, caller);
    return;
  }
  if (action === 'resume') {
    recordings.resume(target, caller);
    return;
  }
  if (byMs === undefined)
    throw new ReelflowError('MESSAGE_INVALID', 'payload.byMs is missing', { field: 'payload.byMs' });
  recordings.extend(target, byMs, caller);
}

function settingsOf(site: NodeSite<RecorderConfig>, station: Station): RecorderSettings {
  const { config } = site;
  return {
    recorderId: site.id,
    name: site.name,
    // Cameras are named when they are needed: their nodes may open after this one.
    get inputs() {
      return config.cameras.flatMap((id) => station.cameras.get(id)?.name ?? []);
    },
    manualLimitMs: config.manualLimitMinutes * minute,
    stallMs: config.stallSeconds * second,
    silenceWarningMs: config.silenceWarningSeconds * second,
    blackWarningMs: config.blackWarningSeconds * second,
    isPauseLeftOut: config.pause === 'leave-out',
    retention: { maxAgeMs: config.retentionDays * day, minFreeBytes: config.retentionMinFreeGb * gibibyte },
  };
}
