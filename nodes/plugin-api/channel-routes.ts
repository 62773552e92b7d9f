import { z } from 'zod';
import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import type { Archive, ArchiveDoor, StoreChoice } from '../core/archive/archive.ts';
import { environmentStoreId, sourceKinds } from '../core/archive/channel.ts';
import { chunkStates, type Span } from '../core/archive/chunk.ts';
import { ownStore } from '../core/archive/own-store.ts';
import { stretchesOf } from '../core/archive/stretches.ts';
import { isGap } from '../core/archive/timeline.ts';
import { trackKinds } from '../core/archive/track.ts';
import { readArguments } from '../core/bus/read-arguments.ts';
import { ReelflowError } from '../core/errors.ts';
import { s3Encryptions } from '../core/s3/s3-place.ts';
import type { ApiContext } from './api-context.ts';
import { channelJson, chunkJson, lockJson, stretchJson } from './archive-json.ts';
import { instant, readQuery } from './input.ts';

const whole = z.number({ error: 'must be a number' }).int('must be a whole number');
const storeBody = z.strictObject({
  endpoint: z.string(),
  bucket: z.string(),
  prefix: z.string().optional(),
  region: z.string().default('us-east-1'),
  isPathStyle: z.boolean().optional(),
  accessKey: z.string(),
  secretKey: z.string(),
  storageClass: z.string().optional(),
  encryption: z.enum(s3Encryptions).optional(),
  encryptionKeyId: z.string().optional(),
  bytesPerSecond: whole.optional(),
  redirectSeconds: whole.optional(),
});
const channelBody = z.strictObject({
  sourceUrls: z.array(z.string()).optional(),
  sourceKind: z.enum(sourceKinds).optional(),
  chunkMs: whole.optional(),
  retentionMs: whole.optional(),
  retentionBytes: whole.nullable().optional(),
  requiredKinds: z.array(z.enum(trackKinds)).optional(),
  isHlsEncrypted: z.boolean().optional(),
  isEnabled: z.boolean().optional(),
  /** null: the folder; `environment`: the station's own, of REELFLOW_S3_*. */
  store: z.unknown().optional(),
});
const chunkQuery = z.object({
  from: instant.optional(),
  to: instant.optional(),
  state: z.enum(chunkStates).optional(),
  limit: z.coerce.number({ error: 'must be a number' }).int().min(1).max(10_000).default(2016),
});
const lockBody = z.strictObject({ start: instant, end: instant, note: z.string().max(200).default('') });

/** Live channels and what is archived of them. */
export function channelRoutes(context: ApiContext): Route[] {
  const need = (call: Call) => channelOf(context, call);
  return [
    {
      method: 'GET',
      path: '/channels',
      role: 'viewer',
      async handle() {
        const door = doorOf(context);
        const views = door.isUsed ? await (await door.open()).channels() : [];
        return { status: 200, body: { channels: views.map(channelJson) } };
      },
    },
    {
      method: 'GET',
      path: '/channels/{name}',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        return { status: 200, body: channelJson(await archive.channel(name)) };
      },
    },
    {
      method: 'PUT',
      path: '/channels/{name}',
      role: 'operator',
      async handle(call) {
        const name = call.params['name'] ?? '';
        const { store, ...change } = readArguments(channelBody, await readJsonBody(call.request));
        const archive = await doorOf(context).open();
        const { isNew } = await archive.putChannel(name, change, await storeChoice(archive, name, store));
        const body = channelJson(await archive.channel(name));
        return isNew ? { status: 201, body, headers: { Location: body.url } } : { status: 200, body };
      },
    },
    {
      method: 'DELETE',
      path: '/channels/{name}',
      role: 'operator',
      async handle(call) {
        const { archive, name } = await need(call);
        await archive.removeChannel(name);
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/channels/{name}/chunks',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        const { from, to, state, limit } = readQuery(call.query, chunkQuery);
        const span = await spanOf(archive, name, { from, to });
        const line = await archive.timeline(name, span);
        const chunks = line.filter((chunk) => state === undefined || chunk.state === state).slice(-limit);
        return { status: 200, body: { chunks: chunks.map(chunkJson) } };
      },
    },
    {
      method: 'GET',
      path: '/channels/{name}/gaps',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        const { from, to, limit } = readQuery(call.query, chunkQuery);
        const line = await archive.timeline(name, await spanOf(archive, name, { from, to }));
        return { status: 200, body: { chunks: line.filter(isGap).slice(-limit).map(chunkJson) } };
      },
    },
    {
      method: 'GET',
      path: '/channels/{name}/timeline',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        const { from, to, limit } = readQuery(call.query, chunkQuery.omit({ state: true }));
        const line = await archive.timeline(name, await spanOf(archive, name, { from, to }));
        return { status: 200, body: { stretches: stretchesOf(line).slice(-limit).map(stretchJson) } };
      },
    },
    {
      method: 'GET',
      path: '/channels/{name}/locks',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        return { status: 200, body: { locks: (await archive.locks(name)).map(lockJson) } };
      },
    },
    {
      method: 'POST',
      path: '/channels/{name}/locks',
      role: 'operator',
      async handle(call) {
        const { archive, name } = await need(call);
        const { start, end, note } = readArguments(lockBody, await readJsonBody(call.request));
        const lock = await archive.lock(name, { startMs: start, endMs: end }, note);
        const address = `/api/v1/channels/${encodeURIComponent(name)}/locks/${lock.id}`;
        return { status: 201, body: lockJson(lock), headers: { Location: address } };
      },
    },
    {
      method: 'DELETE',
      path: '/channels/{name}/locks/{id}',
      role: 'operator',
      async handle(call) {
        const { archive, name } = await need(call);
        await archive.unlock(name, call.params['id'] ?? '');
        return { status: 204 };
      },
    },
  ];
}

/** The channel that a route names. Throws CHANNEL_UNKNOWN; the archive itself looks whether it has it. */
export async function channelOf(context: ApiContext, call: Call): Promise<{ archive: Archive; name: string }> {
  const name = call.params['name'] ?? '';
  const door = doorOf(context);
  if (!door.isUsed) throw new ReelflowError('CHANNEL_UNKNOWN', `there is no channel "${name}"`, { field: 'name' });
  return { archive: await door.open(), name };
}

/** Throws VALIDATION naming the field. */
async function storeChoice(archive: Archive, name: string, given: unknown): Promise<StoreChoice | undefined> {
  if (given === undefined || given === null || given === environmentStoreId) return given;
  const { store } = readArguments(z.object({ store: storeBody }), { store: given });
  return await ownStore(archive, name, store);
}

/** Throws ARCHIVE_MISSING. */
export function doorOf(context: ApiContext): ArchiveDoor {
  const { archive } = context.station();
  if (archive) return archive;
  throw new ReelflowError('ARCHIVE_MISSING', 'this station was built without an archive', { isRetryable: true });
}

/** Without limits: the time that the channel keeps, up to now. */
async function spanOf(
  archive: Archive,
  name: string,
  { from, to }: { from?: number | undefined; to?: number | undefined },
): Promise<Span> {
  const { channel, totals } = await archive.channel(name);
  const endMs = to ?? Math.max(Date.now(), totals.last ?? 0);
  const startMs = from ?? endMs - channel.retentionMs - channel.chunkMs;
  if (endMs > startMs) return { startMs, endMs };
  throw new ReelflowError('QUERY_INVALID', 'to: must be after from', { field: 'to' });
}
