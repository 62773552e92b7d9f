import { readJsonBody } from '../adapters/http/json-body.ts';
import type { Call, Route } from '../adapters/http/router.ts';
import type { Archive, ArchiveDoor, UpkeepKind } from '../core/archive/archive.ts';
import type { Chunk } from '../core/archive/chunk.ts';
import { chunkStem } from '../core/archive/chunk-key.ts';
import { isGap } from '../core/archive/timeline.ts';
import { ReelflowError } from '../core/errors.ts';
import { changeOf, inOldNames, oldChannelJson, readOldChannel } from './channel-json.ts';
import { withPlainErrors } from './plain-errors.ts';

/** `/api/channel`: paths, fields and texts of the replaced service; status codes where it had them right. Always JSON. */
export function channelDoor(door: () => ArchiveDoor): Route[] {
  const need = async (call: Call, unknown = 'channel not found'): Promise<{ archive: Archive; name: string }> => {
    const name = call.params['name'] ?? '';
    const archive = door().isUsed ? await door().open() : undefined;
    if (archive && (await archive.channels()).some(({ channel }) => channel.name === name)) return { archive, name };
    throw new ReelflowError('CHANNEL_UNKNOWN', unknown, { field: 'name' });
  };
  const upkeep = (kind: Exclude<UpkeepKind, 'rebuild'>): Route => ({
    method: 'POST',
    path: `/{name}/archive/${kind}`,
    role: 'operator',
    async handle(call) {
      const { archive, name } = await need(call);
      return { status: 202, body: { [`${kind}_task_id`]: await archive.upkeep(kind, name) } };
    },
  });
  const routes: Route[] = [
    {
      method: 'GET',
      path: '',
      role: 'viewer',
      async handle() {
        const archive = door().isUsed ? await door().open() : undefined;
        const views = (await archive?.channels()) ?? [];
        const named = views.map(async ({ channel }) => [
          channel.name,
          await oldChannelJson(archive as Archive, channel),
        ]);
        return { status: 200, body: Object.fromEntries(await Promise.all(named)) };
      },
    },
    {
      method: 'GET',
      path: '/{name}',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        return { status: 200, body: await oldChannelJson(archive, (await archive.channel(name)).channel) };
      },
    },
    {
      method: 'PUT',
      path: '/{name}',
      role: 'operator',
      async handle(call) {
        const name = call.params['name'] ?? '';
        const old = readOldChannel(await readObject(call));
        const archive = await door().open();
        const { change, store } = await changeOf(archive, name, old);
        try {
          const { isNew } = await archive.putChannel(name, change, store);
          return isNew
            ? { status: 201, body: { success: 'created new channel' } }
            : { status: 200, body: { success: 'updated channel' } };
        } catch (error) {
          throw inOldNames(error);
        }
      },
    },
    {
      method: 'DELETE',
      path: '/{name}',
      role: 'operator',
      async handle(call) {
        const { archive, name } = await need(call, 'channel does not exist');
        await archive.removeChannel(name);
        return { status: 200, body: { success: 'channel deleted' } };
      },
    },
    {
      method: 'GET',
      path: '/{name}/archive',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        const chunks = await archive.chunks(name, { states: ['complete'] });
        return { status: 200, body: chunks.map((chunk) => keyOf(chunk)) };
      },
    },
    {
      method: 'GET',
      path: '/{name}/archive/gaps',
      role: 'viewer',
      async handle(call) {
        const { archive, name } = await need(call);
        const { retentionMs } = (await archive.channel(name)).channel;
        const now = Date.now();
        const line = await archive.timeline(name, { startMs: now - retentionMs, endMs: now });
        const [newest] = await archive.chunks(name, { states: ['complete'], order: 'newest', limit: 1 });
        const extension = newest ? /\.\w+$/.exec(keyOf(newest))?.[0] : undefined;
        return { status: 200, body: line.filter(isGap).map((chunk) => keyOf(chunk, extension)) };
      },
    },
    upkeep('verify'),
    upkeep('cleanup'),
  ];
  return routes.map(withPlainErrors);
}

/** Where nothing is stored, the key that it would have. */
function keyOf(chunk: Chunk, extension = '.mp4'): string {
  return chunk.objects[0]?.key ?? chunkStem(chunk.channel, chunk) + extension;
}

/** Anything that is not a JSON object with something in it is refused as the replaced service did. */
async function readObject(call: Call): Promise<object> {
  const refusal = 'invalid data format, expect application/json';
  let given: unknown;
  try {
    given = await readJsonBody(call.request);
  } catch (cause) {
    if (cause instanceof ReelflowError && cause.code === 'BODY_TOO_LARGE') throw cause;
    throw new ReelflowError('CONTENT_TYPE_UNSUPPORTED', refusal, { cause });
  }
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (isObject && Object.keys(given as object).length > 0) return given as object;
  throw new ReelflowError('CONTENT_TYPE_UNSUPPORTED', refusal);
}
