import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import { noArguments } from '../core/bus/command-dispatcher.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError } from '../core/errors.ts';
import type { Recording } from '../core/recording/recording.ts';
import type { Station } from '../core/station.ts';
import { type ApiContext, audienceOf } from './api-context.ts';
import { runCommand } from './commands.ts';
import { retryDelivery } from './delivery-retry.ts';
import { readQuery } from './input.ts';
import { hidePaths, progressJson, recordingJson } from './recording-json.ts';
import { recordingListQuery, recordingPage } from './recording-list.ts';

const anyFields = z.record(z.string(), z.unknown(), { error: 'the body must be a JSON object' });

/** What was, is and will be recorded. */
export function recordingRoutes(context: ApiContext): Route[] {
  return [
    {
      method: 'GET',
      path: '/recordings',
      role: 'viewer',
      handle(call) {
        const station = context.station();
        const { page, next } = recordingPage(station.recordings, readQuery(call.query, recordingListQuery));
        const audience = audienceOf(call, station);
        return { status: 200, body: { recordings: page.map((one) => recordingJson(one, audience)), next } };
      },
    },
    {
      method: 'POST',
      path: '/recordings',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const args = await readJsonBody(call.request);
        const result = await runCommand(call, station, { verb: 'record/start', args });
        const recording = needRecording(station, idOf(result));
        const body = detail(call, station, recording);
        return { status: 201, body, headers: { Location: body.url } };
      },
    },
    {
      method: 'GET',
      path: '/recordings/{id}',
      role: 'viewer',
      handle(call) {
        const station = context.station();
        return { status: 200, body: detail(call, station, needRecording(station, call.params['id'])) };
      },
    },
    {
      method: 'DELETE',
      path: '/recordings/{id}',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const recording = needRecording(station, call.params['id']);
        await runCommand(call, station, { verb: 'recording/delete', args: { recordingId: recording.id } });
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/recordings/{id}/log',
      role: 'viewer',
      async handle(call) {
        const station = context.station();
        const recording = needRecording(station, call.params['id']);
        const audience = audienceOf(call, station);
        const lines = await station.recordings.log(recording.id);
        return { status: 200, body: { lines: lines.map((line) => hidePaths(line, audience)) } };
      },
    },
    {
      method: 'POST',
      path: '/recordings/{id}/stop',
      role: 'operator',
      handle: (call) => change(context, call, 'record/stop'),
    },
    {
      method: 'POST',
      path: '/recordings/{id}/extend',
      role: 'operator',
      handle: (call) => change(context, call, 'record/extend'),
    },
    {
      method: 'POST',
      path: '/recordings/{id}/pause',
      role: 'operator',
      handle: (call) => change(context, call, 'record/pause'),
    },
    {
      method: 'POST',
      path: '/recordings/{id}/resume',
      role: 'operator',
      handle: (call) => change(context, call, 'record/resume'),
    },
    {
      method: 'POST',
      path: '/recordings/{id}/deliver',
      role: 'operator',
      async handle(call) {
        const station = context.station();
        const recording = needRecording(station, call.params['id']);
        readArguments(noArguments, await readJsonBody(call.request));
        retryDelivery(station, recording, call.caller);
        return { status: 202, body: detail(call, station, needRecording(station, recording.id)) };
      },
    },
  ];
}

/** A verb on one recording; the body's fields are the verb's other arguments. */
async function change(context: ApiContext, call: Call, verb: string) {
  const station = context.station();
  const recording = needRecording(station, call.params['id']);
  const body = readArguments(anyFields, await readJsonBody(call.request));
  await runCommand(call, station, { verb, args: { ...body, recordingId: recording.id } });
  return { status: 200, body: detail(call, station, needRecording(station, recording.id)) };
}

function detail(call: Call, station: Station, recording: Recording) {
  const progress = station.recordings.progress().filter((one) => one.recordingId === recording.id);
  return { ...recordingJson(recording, audienceOf(call, station)), progress: progress.map(progressJson) };
}

function needRecording(station: Station, id: string | undefined): Recording {
  const recording = id === undefined ? undefined : station.recordings.get(id);
  if (recording) return recording;
  throw new ReelflowError('RECORDING_UNKNOWN', `there is no recording "${id}"`, { field: 'id' });
}

function idOf(result: unknown): string | undefined {
  const { id } = z.object({ id: z.string() }).parse(result);
  return id;
}
