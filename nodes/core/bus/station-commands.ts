import { z } from 'zod';
import { ReelflowError } from '../errors.ts';
import { recordingMetadata, recordingTitle } from '../recording/messages.ts';
import type { Recording } from '../recording/recording.ts';
import type { Station } from '../station.ts';
import { noArguments } from './command-dispatcher.ts';
import type { Groups } from './groups.ts';
import type { PreviewBroadcast } from './preview-broadcast.ts';
import { filesOf, iso, recordingOf } from './station-messages.ts';

const name = z.string().min(1).max(128);
/** `id` is the id of the command itself, so a recording is named by `recordingId`. */
const recordingId = name.optional();
const minute = 60_000;

export interface CommandParts {
  previews: PreviewBroadcast;
  groups: Groups;
}

/** The verbs of a station that records; docs/mqtt.md describes them for users. */
export function registerStationCommands(station: Station, parts: CommandParts): void {
  registerRecording(station);
  registerPreview(station, parts.previews);
  registerAgent(station, parts.groups);
  registerAlarms(station);
}

function registerRecording(station: Station): void {
  const { commands, recordings, dataRoot } = station;
  const shown = (recording: Recording) => recordingOf(recording, recordings.progress(), dataRoot);
  commands.register({
    verb: 'record/start',
    role: 'operator',
    summary: 'Starts a recording now',
    args: z.strictObject({
      title: recordingTitle.min(1).optional(),
      durationMs: z.int().positive().optional(),
      inputs: z.array(name).min(1).max(64).optional(),
      ...recordingMetadata,
    }),
    run: async (request, caller) => shown(recordings.start(undefined, request, caller)),
  });
  commands.register({
    verb: 'record/stop',
    role: 'operator',
    summary: 'Ends a recording; without recordingId the one that was started by hand',
    args: z.strictObject({ recordingId }),
    run: async (args, caller) => shown(recordings.stop(args.recordingId ?? runningByHand(station), caller)),
  });
  commands.register({
    verb: 'record/extend',
    role: 'operator',
    summary: 'Moves the end of a recording; a negative byMs shortens it',
    args: z.strictObject({ recordingId, byMs: z.int() }),
    run: async (args, caller) =>
      shown(recordings.extend(args.recordingId ?? runningByHand(station), args.byMs, caller)),
  });
  commands.register({
    verb: 'record/pause',
    role: 'operator',
    summary: 'Marks what follows as not wanted until record/resume; the capture runs on',
    args: z.strictObject({ recordingId }),
    run: async (args, caller) => shown(recordings.pause(args.recordingId ?? runningByHand(station), caller)),
  });
  commands.register({
    verb: 'record/resume',
    role: 'operator',
    summary: 'Ends the pause of a recording',
    args: z.strictObject({ recordingId }),
    run: async (args, caller) => shown(recordings.resume(args.recordingId ?? runningByHand(station), caller)),
  });
  commands.register({
    verb: 'recording/delete',
    role: 'admin',
    summary: 'Removes a recording and its files; with keepFiles only from the list',
    args: z.strictObject({ recordingId: name, keepFiles: z.boolean().default(false) }),
    run: async (args, caller) => {
      await recordings.remove(args.recordingId, caller, args.keepFiles);
      return { recordingId: args.recordingId };
    },
  });
  commands.register({
    verb: 'files/list',
    role: 'viewer',
    isReadOnly: true,
    summary: 'Lists the finished files, newest first; of one recording with recordingId',
    args: z.strictObject({ recordingId, limit: z.int().min(1).max(1000).default(100) }),
    run: async (args) => ({ files: files(station, args.recordingId, args.limit) }),
  });
  commands.register({
    verb: 'schedule/refresh',
    role: 'operator',
    summary: 'Reads the calendars now; one of them with scheduleId',
    args: z.strictObject({ scheduleId: name.optional() }),
    run: async ({ scheduleId }) => {
      await station.schedules.refresh(scheduleId);
      const views = station.schedules
        .list()
        .filter((view) => scheduleId === undefined || view.scheduleId === scheduleId);
      return {
        schedules: views.map((view) => ({
          scheduleId: view.scheduleId,
          name: view.name,
          eventCount: view.events.length,
          lastGoodAt: view.lastGoodAt === undefined ? null : iso(view.lastGoodAt),
        })),
      };
    },
  });
}

function registerPreview({ commands }: Station, previews: PreviewBroadcast): void {
  commands.register({
    verb: 'preview/start',
    role: 'viewer',
    isReadOnly: true,
    summary: 'Publishes pictures of a camera for a while (10 minutes); give it again to go on',
    args: z.strictObject({
      camera: name,
      everyMs: z.int().min(100).max(minute).default(1000),
      durationMs: z
        .int()
        .min(1000)
        .max(60 * minute)
        .default(10 * minute),
    }),
    run: async ({ camera, everyMs, durationMs }) => {
      return { camera: previews.start(camera, everyMs, durationMs), everyMs, durationMs };
    },
  });
  commands.register({
    verb: 'preview/stop',
    role: 'viewer',
    isReadOnly: true,
    summary: 'Ends the pictures of a camera, for everybody',
    args: z.strictObject({ camera: name }),
    run: async ({ camera }) => ({ camera: previews.stop(camera) }),
  });
}

function registerAgent(station: Station, groups: Groups): void {
  const { commands } = station;
  commands.register({
    verb: 'agent/describe',
    role: 'viewer',
    isReadOnly: true,
    summary: 'Says what this agent is and which commands it takes',
    args: noArguments,
    run: async () => ({
      agent: station.agent,
      version: station.version,
      since: iso(station.startedAt),
      groups: groups.list(),
      cameras: station.cameras.list().map(({ name, flavor, source }) => ({ name, kind: source.kind, flavor })),
      recorders: station.recordings.recorders().map(({ recorderId, name, inputs }) => ({ recorderId, name, inputs })),
      commands: commands.verbs().map(({ verb, role, args, summary }) => ({
        verb,
        role,
        ...(summary === undefined ? {} : { summary }),
        args: z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }),
      })),
    }),
  });
  commands.register({
    verb: 'agent/join',
    role: 'admin',
    summary: 'Puts this agent into a group, so that it takes the commands for the group',
    args: z.strictObject({ group: name }),
    run: async ({ group }) => {
      groups.join(group);
      return { groups: groups.list() };
    },
  });
  commands.register({
    verb: 'agent/leave',
    role: 'admin',
    summary: 'Takes this agent out of a group',
    args: z.strictObject({ group: name }),
    run: async ({ group }) => {
      groups.leave(group);
      return { groups: groups.list() };
    },
  });
}

function registerAlarms({ commands, alarms }: Station): void {
  commands.register({
    verb: 'alarm/acknowledge',
    role: 'operator',
    summary: 'Notes that a person has seen an alarm; it stands until it is over',
    args: z.strictObject({ key: z.string().min(1).max(500) }),
    run: async ({ key }, { user }) => {
      const { acknowledged } = alarms.acknowledge(key, user);
      return { key, ...(acknowledged && { acknowledged: { by: acknowledged.by, at: iso(acknowledged.at) } }) };
    },
  });
}

/** Throws NOT_RECORDING, RECORDING_AMBIGUOUS: stopping the wrong one can not be undone. */
function runningByHand({ recordings }: Station): string {
  const [first, ...more] = recordings.list({ states: ['recording'] }).filter(({ origin }) => origin === 'manual');
  if (!first) {
    throw new ReelflowError(
      'NOT_RECORDING',
      'no recording that was started by hand is running; name one by recordingId',
      {
        field: 'recordingId',
      },
    );
  }
  if (more.length === 0) return first.id;
  const ids = [first, ...more].map(({ id }) => id).join(', ');
  throw new ReelflowError('RECORDING_AMBIGUOUS', `recordingId: several are running (${ids})`, { field: 'recordingId' });
}

function files({ recordings }: Station, id: string | undefined, limit: number) {
  const one = id === undefined ? undefined : recordings.get(id);
  if (id !== undefined && !one) {
    throw new ReelflowError('RECORDING_UNKNOWN', `there is no recording "${id}"`, { field: 'recordingId' });
  }
  return (one ? [one] : recordings.list({ limit: 1000 }))
    .flatMap((recording) => filesOf(recording).map((file) => ({ recordingId: recording.id, ...file })))
    .slice(0, limit);
}
